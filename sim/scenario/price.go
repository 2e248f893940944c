package scenario

import (
	"regexp"
	"time"
)

// currencyCode is the form of ISO 4217's codes.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// PricePerHour is what all servers cost an hour, 0 where no price is given.
func (s *Scenario) PricePerHour() float64 {
	if s.Price == nil {
		return 0
	}
	return s.Price.PerHour * float64(s.Servers.Count)
}

func (s *Scenario) checkPrice(d *decoder) {
	p := s.Price
	if p == nil {
		return
	}
	if !currencyCode.MatchString(p.Currency) {
		d.fault("price.currency", p.Currency, "must be three capital letters; for example currency = \"USD\"")
	}
	if _, err := time.Parse(time.DateOnly, p.Date); p.Date != "" && err != nil {
		d.fault("price.date", p.Date, "must be a day; for example date = \"2026-11-27\"")
	}
}
