package live

import (
	"encoding/binary"
	"errors"
)

// A message is a header and a face's JPEG file.
const headerBytes = 12

// header says which face of which frame a message has.
type header struct {
	frame uint64
	face  uint16 // from 0 on
	faces uint16 // of the frame
}

func (h header) put(message []byte) {
	binary.BigEndian.PutUint64(message, h.frame)
	binary.BigEndian.PutUint16(message[8:], h.face)
	binary.BigEndian.PutUint16(message[10:], h.faces)
}

// parse takes a message apart.
func parse(message []byte) (h header, jpeg []byte, err error) {
	if len(message) < headerBytes {
		return h, nil, errors.New("a message of the topic is no face's: it is too short")
	}
	h = header{binary.BigEndian.Uint64(message), binary.BigEndian.Uint16(message[8:]), binary.BigEndian.Uint16(message[10:])}
	if h.face >= h.faces {
		return h, nil, errors.New("a message of the topic is no face's: its header counts wrong")
	}
	return h, message[headerBytes:], nil
}
