package predict

import "math"

// Price is what servers cost, in a currency of ISO 4217: an hour, and for a million requests at the predicted throughput.
type Price struct {
	PerHour            float64  `json:"per_hour"`
	Currency           string   `json:"currency"`
	PerMillionRequests Estimate `json:"per_million_requests"`
}

// PriceOf is that of servers that cost so much an hour.
func PriceOf(perHour float64, currency string, throughput Estimate) *Price {
	cost := func(rps float64) float64 { return CostPerMillion(perHour, rps) }
	return &Price{PerHour: perHour, Currency: currency,
		PerMillionRequests: Estimate{Value: cost(throughput.Value), Low: cost(throughput.High), High: cost(throughput.Low)}}
}

// CostPerMillion is what a million requests cost on servers that cost so much an hour and serve so many requests a second; NaN where
// either is 0, the price because it is then not known.
func CostPerMillion(perHour, rps float64) float64 {
	if perHour == 0 || rps == 0 {
		return math.NaN()
	}
	return perHour / 3600 / rps * 1e6
}
