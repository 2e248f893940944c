package live

import "time"

// Losses are frames and messages that came to nothing.
type Losses struct {
	Frames   int    `json:"frames"`   // that were never answered because a message of theirs was lost
	Refused  int    `json:"refused"`  // messages that the broker has not acknowledged
	Vanished int    `json:"vanished"` // messages that it had acknowledged and that no consumer got
	Repeated int    `json:"repeated"` // messages that came again, or after their frame was given up: no loss
	First    string `json:"first,omitempty"`
}

// Messages are means over the messages so far.
type Messages struct {
	Sent   int           `json:"sent"`  // acknowledged
	AckS   float64       `json:"ack_s"` // from the hand-over to the acknowledgement, seconds
	Bytes  float64       `json:"bytes"` // of a message
	Batch  float64       `json:"batch"` // faces that a consumer worked on at once
	AckedS time.Duration `json:"-"`     // sum
	bytes  int           // sum
	got    int           // messages that came
	times  int           // that some came
}

// Plus adds the losses of another run.
func (l Losses) Plus(other Losses) Losses {
	l.Frames += other.Frames
	l.Refused += other.Refused
	l.Vanished += other.Vanished
	l.Repeated += other.Repeated
	if l.First == "" {
		l.First = other.First
	}
	return l
}

func (l *ledger) lossesSoFar() Losses {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.losses
}

func (l *ledger) messagesSoFar() Messages {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.messages
	if m.Sent > 0 {
		m.AckS, m.Bytes = m.AckedS.Seconds()/float64(m.Sent), float64(m.bytes)/float64(m.Sent)
	}
	if m.times > 0 {
		m.Batch = float64(m.got) / float64(m.times)
	}
	return m
}
