package front

import (
	"net/http"
	"time"
)

// timed gives each request its time to be read and each answer its time to be taken. Those of net/http's server would count the
// time that the model takes.
func (s *Server) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadlines := http.NewResponseController(w)
		if deadlines.SetReadDeadline(time.Now().Add(s.limits.Read)) != nil || deadlines.SetWriteDeadline(time.Time{}) != nil {
			return // the connection is closed
		}
		t := &timedWriter{ResponseWriter: w, limit: s.limits.Write}
		next.ServeHTTP(t, r)
		t.begin()
	})
}

// timedWriter counts an answer's time from its first byte.
type timedWriter struct {
	http.ResponseWriter
	limit time.Duration
	begun bool
}

// Unwrap is for http.NewResponseController.
func (t *timedWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *timedWriter) begin() {
	if t.begun {
		return
	}
	t.begun = true
	_ = http.NewResponseController(t.ResponseWriter).SetWriteDeadline(time.Now().Add(t.limit)) // of a closed connection it need not be
}

func (t *timedWriter) WriteHeader(code int) {
	t.begin()
	t.ResponseWriter.WriteHeader(code)
}

func (t *timedWriter) Write(b []byte) (int, error) {
	t.begin()
	return t.ResponseWriter.Write(b)
}
