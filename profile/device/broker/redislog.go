package broker

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// silence is a log of nothing: go-redis writes to stderr what it gives as errors, too, such as each connection that a broker that
// is down refuses.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silence{}) }
