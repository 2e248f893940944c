package compile

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// measuredMessages looks up the times of a broker's step, for requests of so many messages. Beyond the batches that were
// measured they go on linearly, and the prediction says so: how many messages may wait nobody knows before.
func (b *builder) measuredMessages(step *plannedStep, w *scenario.Work, sizes []int) []*random.Sampler {
	l := b.brokerProfile(w)
	if !slices.Contains(b.used, l) {
		b.used = append(b.used, l)
	}
	m := messageTimes{b: b, l: l, w: w}
	return atEach(sizes, func(messages int) *random.Sampler {
		s, err := m.of(messages)
		if err != nil {
			b.faultWith(step.at(), err, fmt.Sprintf("measure it with vsim profile --broker %s, or write the broker's times", w.Type))
		}
		return s
	})
}

// messageTimes are the times that a profile has of a broker.
type messageTimes struct {
	b      *builder
	l      *scenario.Measurement
	w      *scenario.Work
	silent bool // what is looked up is no time of the step's own
}

// of is the sampler of a step, for so many messages.
func (m *messageTimes) of(messages int) (*random.Sampler, error) {
	stage := string(m.w.Part)
	if !m.w.CPU {
		return m.rest(stage, messages)
	}
	suffix := profile.ServerSuffix
	if m.w.Client {
		suffix = profile.ClientSuffix
	}
	t, err := m.cpu(stage+suffix, messages)
	return t.sampler, err
}

// messageTime is a time of requests of a number of messages.
type messageTime struct {
	meanNs  float64
	sampler *random.Sampler
}

// rest is what is left of the time by the clock beside the CPU times: of a request that is sent, until its
// acknowledgement; of one that is fetched by a consumer that waits, from there until the messages are delivered. Then messages
// that are sent over an idle broker take from the call to their delivery what was measured of that.
func (m *messageTimes) rest(stage string, messages int) (*random.Sampler, error) {
	whole, known := stage, 0.0
	if stage == profile.Fetch {
		whole = profile.Deliver
	}
	t, err := m.at(whole, brokerResource, messages)
	if err != nil {
		return nil, err
	}
	m.silent = true
	defer func() { m.silent = false }()
	if stage == profile.Fetch {
		sent, err := m.at(profile.Produce, brokerResource, messages)
		if err != nil {
			return nil, err
		}
		known = sent.meanNs
	}
	for _, suffix := range []string{profile.ClientSuffix, profile.ServerSuffix} {
		cpu, err := m.cpu(stage+suffix, messages)
		if err != nil {
			return nil, err
		}
		known += cpu.meanNs
	}
	return t.less(known)
}

// less is the distribution of the times with so much less each, none below 0.
func (t messageTime) less(ns float64) (*random.Sampler, error) {
	if t.meanNs <= ns {
		return noTime, nil
	}
	left, err := random.Less(t.sampler, ns)
	if err != nil {
		return nil, err
	}
	return random.Scale(left, (t.meanNs-ns)/left.Mean())
}

// cpu looks up a CPU time. Of a broker that ran elsewhere nobody knows it; then it is part of what is left by the clock.
func (m *messageTimes) cpu(stage string, messages int) (messageTime, error) {
	if !m.l.HasMessages(m.key(stage, "cpu")) {
		return messageTime{0, noTime}, nil
	}
	return m.at(stage, "cpu", messages)
}

func (m *messageTimes) key(stage, resource string) profile.Key {
	return profile.Key{Stage: stage, Resource: resource, Broker: m.w.Type}
}

// at looks up a time.
func (m *messageTimes) at(stage, resource string, messages int) (messageTime, error) {
	bracket, err := m.l.AtMessage(m.key(stage, resource), int(m.w.Message), messages)
	if err != nil {
		return messageTime{}, err
	}
	if !m.silent {
		m.b.markPoint(m.l, bracket.Support)
	}
	t := messageTime{meanNs: (1-bracket.Weight)*bracket.Low.MeanNs + bracket.Weight*bracket.High.MeanNs}
	switch bracket.Support {
	case profile.Extrapolated:
		t.sampler, err = m.b.beyond(bracket)
	case profile.Interpolated:
		t.sampler, err = m.b.between(bracket)
	default:
		t.sampler, err = m.b.sampler(bracket.Low)
	}
	return t, err
}
