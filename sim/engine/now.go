package engine

// Waiting returns the number of requests that wait in a pool's queue now, or in the hands of a worker that waits for
// memory.
func (r *Run) Waiting(pool int) int { return int(r.pools[pool].waiting) }

// Busy returns the part of a resource's capacity that is busy now, 0 to 1. It is right between two calls of Until.
func (r *Run) Busy(resource int) float64 { return r.resources[resource].busy }
