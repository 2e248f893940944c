package scenario

import "slices"

// Padded says that a step is done for a padded batch where its stage has allowed_batch_sizes: it is the model's run,
// done once for the whole batch. What is done for each request, what moves data and what depends on the image is
// done for the requests that are there. on is the resource that it runs on; nil: one of its own.
func (s *Step) Padded(on *Resource) bool {
	return !s.Each && (on == nil || on.Type != "link") &&
		!slices.ContainsFunc(s.Service, func(v Service) bool { return v.Bytes > 0 || v.Image != "" })
}

// checkAllowed checks the sizes to which a table pads its batches.
func (s *Scenario) checkAllowed(d *decoder, table string, sizes []int, maxBatch int) {
	key, most := join(table, "allowed_batch_sizes"), join(table, "max_batch")
	if len(sizes) == 0 || !s.sound(key, most) {
		return
	}
	for i := 1; i < len(sizes); i++ {
		if sizes[i] <= sizes[i-1] {
			d.fault(key, sizes, "must ascend, but %d follows %d; sort them, each once", sizes[i], sizes[i-1])
			return
		}
	}
	if last := sizes[len(sizes)-1]; last != maxBatch {
		d.fault(key, sizes, "must end with max_batch = %d, but end with %d; end with %d, or set %s = %d", maxBatch, last, maxBatch, most, last)
	}
}

// padding refuses sizes to which nothing would be padded.
func (c *stageCheck) padding() {
	if len(c.st.Allowed) == 0 || !c.s.sound(c.at, "resource") {
		return
	}
	if !slices.ContainsFunc(c.st.AllSteps(), c.pads) {
		c.d.fault(join(c.at, "allowed_batch_sizes"), c.st.Allowed, "has no effect: no step of the stage is a model's run, done once a batch; remove it, or add the step")
	}
}

// pads says that a step is done for a padded batch, or may be: a resource that is not there is told elsewhere.
func (c *stageCheck) pads(s *Step) bool {
	if s.Resource == "" {
		return s.Padded(nil)
	}
	at := slices.IndexFunc(c.resources, func(r Resource) bool { return r.Name == s.Resource })
	return at < 0 || s.Padded(&c.resources[at])
}
