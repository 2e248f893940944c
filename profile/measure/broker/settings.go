package broker

import (
	"context"

	"vsim/profile/device/broker/local"
)

// Describe gives the versions of a broker and its client by their names, and notes on the settings that matter to its times.
// own is nil for a user's broker.
func Describe(ctx context.Context, kind, address string, own *local.Server) (libraries map[string]string, notes []string, err error) {
	s := &server{kind: kind, address: address, own: own}
	err = s.describe(ctx)
	return s.libraries, s.notes, err
}
