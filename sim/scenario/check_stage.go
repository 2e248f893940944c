package scenario

import (
	"encoding"
	"slices"
)

// stageCheck checks one [[stage]] against the rest.
type stageCheck struct {
	d         *decoder
	s         *Scenario
	st        *Stage
	at        string // its key
	classes   []string
	resources []Resource
}

func (c *stageCheck) check() {
	st := c.st
	if st.Per == "gpu" {
		c.s.needGPUs(c.d, join(c.at, "per"))
	} else if st.Sticky {
		c.d.fault(join(c.at, "sticky"), true, "has no effect without per = \"gpu\"")
	}
	served := c.classes
	for i, name := range st.Classes {
		if !slices.Contains(c.classes, name) && c.s.sound("class") {
			c.d.fault(join(join(c.at, "classes"), itoa(i)), name, "no [[class]] has this name; %s", nearestRemedy(name, c.classes))
		}
		served = st.Classes
	}
	c.d.checkRules(c.at, &st.QueueRules, st.MaxBatch)
	c.s.checkAllowed(c.d, c.at, st.Allowed, st.MaxBatch)
	c.padding()
	c.via()
	c.fused()
	c.steps(served)
	c.memories(served)
}

func (c *stageCheck) steps(classes []string) {
	st := c.st
	if len(st.Steps) > 0 && (st.Service != nil || st.Resource != "") {
		c.d.fault(join(c.at, "steps"), nil, "stands beside service or resource, which are short for a single step; keep one of them")
		return
	}
	if len(st.Steps) == 0 {
		c.step(c.at, &Step{Name: st.Name, Resource: st.Resource, Service: st.Service}, classes)
		return
	}
	if st.Steps[len(st.Steps)-1].Reload {
		c.d.fault(join(c.at, "steps"), nil, "end with one that only loads evicted requests; add what it loads them for")
	}
	for i := range st.Steps {
		at := join(join(c.at, "steps"), itoa(i))
		c.step(at, &st.Steps[i], classes)
	}
}

func (c *stageCheck) step(at string, step *Step, classes []string) {
	if len(step.Service) == 0 {
		c.d.fault(join(at, "service"), nil, "missing; for example service = {dist = \"exponential\", mean = \"2ms\"}")
		return
	}
	c.d.services(join(at, "service"), classes, step.Service)
	if step.Unless != "" && !c.before(step) {
		c.d.fault(join(at, "unless"), step.Unless, "no earlier step of the stage has this name")
	}
	if step.Parallel > 1 && !step.Each {
		c.d.fault(join(at, "parallel"), step.Parallel, "has no effect without each = true")
	}
	c.threads(at, step)
	if step.Reload && !step.Each {
		c.d.fault(join(at, "reload"), true, "loads single requests; set each = true")
	}
	r := c.resource(at, "resource", step.Resource)
	for i := range step.Service {
		c.service(join(at, "service"), step, &step.Service[i], r)
	}
	if r != nil && r.Type == "memory" {
		c.d.fault(join(at, "resource"), step.Resource, "is a memory, on which nothing runs; take and give use it")
	}
	if step.Reload && len(c.s.Stages) > 0 && !c.takes() {
		c.d.fault(join(at, "reload"), true, "no stage takes memory, so that nothing is ever evicted; add take to an earlier one")
	}
}

// threads checks a step that several threads do.
func (c *stageCheck) threads(at string, step *Step) {
	key := join(at, "threads")
	switch {
	case step.Threads <= 1:
		return
	case !step.Each:
		c.d.fault(key, step.Threads, "has no effect without each = true")
	case step.Parallel > 1:
		c.d.fault(key, step.Threads, "stands beside parallel; keep one of them")
	}
	if r := c.resourceOf(step.Resource); r != nil && r.Slots > 0 {
		c.d.fault(key, step.Threads, "would take the slots of %q, where jobs wait in order; set parallel instead", r.Name)
	}
}

// before tells whether the stage has the step that another one names, before it.
func (c *stageCheck) before(step *Step) bool {
	for _, s := range c.st.AllSteps() {
		if s == step {
			return false
		}
		if s.Name == step.Unless {
			return true
		}
	}
	return false
}

func (c *stageCheck) takes() bool {
	return slices.ContainsFunc(c.s.Stages, func(st Stage) bool { return len(st.Take) > 0 })
}

func (c *stageCheck) service(at string, step *Step, service *Service, r *Resource) {
	switch {
	case service.ProfileStage != "" && (r == nil || !slices.Contains(profiled, r.Type)):
		c.d.fault(join(at, "profile_stage"), service.ProfileStage, "the step's resource must be of type %s to be found in a profile", joinQuoted(profiled))
	case service.ProfileStage == "" && service.Bytes > 0 && (r == nil || r.Bandwidth == 0):
		c.d.fault(join(at, "bytes"), nil, "needs a resource with a bandwidth")
	case service.PerImage > 0 && step.Each:
		c.d.fault(join(at, "per_image"), nil, "belongs to services of a whole batch; with each = true every request has a draw of its own")
	case service.Dist == "table" && step.Each:
		c.d.fault(join(at, "dist"), "table", "belongs to services of a whole batch; with each = true every request has a draw of its own")
	}
}

// profiled are the types of resources of which profiles have figures; engines are those of a GPU.
var profiled = []string{"cpu", "gpu", "link", "engine"}

// resource finds the resource that a key names, or says what is wrong with it.
func (c *stageCheck) resource(at, key, name string) *Resource {
	if name == "" {
		return nil
	}
	var names []string
	for i := range c.resources {
		r := &c.resources[i]
		if r.Name != name {
			names = append(names, r.Name)
			continue
		}
		if r.Per == "gpu" && c.st.Per != "gpu" {
			c.d.fault(join(at, key), name, "there is one for each GPU, but the stage stands on the server; set per = \"gpu\" for the stage")
		}
		return r
	}
	if !c.s.sound("resource") {
		return nil
	}
	c.d.fault(join(at, key), name, "no [[resource]] has this name; %s", nearestRemedy(name, names))
	return nil
}

// memories checks what the stage takes and gives back.
func (c *stageCheck) memories(classes []string) {
	for i, h := range c.st.Take {
		at := join(join(c.at, "take"), itoa(i))
		c.memory(at, "memory", h.Memory)
		c.heldByBatch(at, h)
		if r := c.memoryOf(h.Memory); !h.Batch && r != nil && (r.Full == "" || r.Full == "wait") && h.Bytes*Bytes(c.st.MaxBatch) > r.Size {
			c.d.fault(join(at, "bytes"), string(mustText(h.Bytes)), "a full batch of %d does not fit into %q of %s, and would wait forever; lower max_batch or let full = \"reject\"", c.st.MaxBatch, h.Memory, mustText(r.Size))
		}
		if r := c.memoryOf(h.Memory); r != nil && h.Bytes > r.Size && r.Full != "" && r.Full != "wait" {
			c.d.fault(join(at, "bytes"), string(mustText(h.Bytes)), "is more than %q has, %s: no request could be served", h.Memory, mustText(r.Size))
		}
		if h.Memory != c.st.Take[0].Memory {
			c.d.fault(join(at, "memory"), h.Memory, "a stage takes of one memory; take of the other in another stage")
		}
	}
	if n := len(c.st.Take); n > 0 {
		c.d.byClass(join(c.at, "take"), classes, n, func(i int) string { return c.st.Take[i].Class })
	}
	for i, name := range c.st.Give {
		c.memory(join(c.at, "give"), itoa(i), name)
	}
}

// heldByBatch checks what a batch takes once.
func (c *stageCheck) heldByBatch(at string, h Hold) {
	r := c.memoryOf(h.Memory)
	switch {
	case h.Batch != c.st.Take[0].Batch:
		c.d.fault(join(at, "batch"), h.Batch, "differs between the classes of one stage")
	case !h.Batch || r == nil:
	case r.Full != "" && r.Full != "wait":
		c.d.fault(join(at, "batch"), h.Batch, "needs a memory of which full = \"wait\"; %s has full = %q", h.Memory, r.Full)
	case h.Bytes > r.Size:
		c.d.fault(join(at, "bytes"), string(mustText(h.Bytes)), "does not fit into %q of %s, and would wait forever", h.Memory, mustText(r.Size))
	}
}

// resourceOf finds a resource by name, or nil.
func (c *stageCheck) resourceOf(name string) *Resource {
	for i := range c.resources {
		if c.resources[i].Name == name {
			return &c.resources[i]
		}
	}
	return nil
}

// memoryOf finds a memory by name, or nil.
func (c *stageCheck) memoryOf(name string) *Resource {
	if r := c.resourceOf(name); r != nil && r.Type == "memory" {
		return r
	}
	return nil
}

// mustText is how a quantity is written.
func mustText(q encoding.TextMarshaler) []byte {
	text, _ := q.MarshalText() // quantities always have a text
	return text
}

func (c *stageCheck) memory(at, key, name string) {
	if r := c.resource(at, key, name); r != nil && r.Type != "memory" {
		c.d.fault(join(at, key), name, "is not a memory; only a resource of type \"memory\" is taken and given back")
	}
}
