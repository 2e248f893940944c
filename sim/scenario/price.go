package scenario

import (
	"regexp"
	"time"
)

// currencyCode is the form of ISO 4217's codes.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

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
