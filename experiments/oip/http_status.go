package oip

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// httpStatus gives the HTTP status of a gRPC status, as Triton chooses it (HttpCodeFromError of its common.cc), and for codes
// that Triton does not have as google.rpc.Code does. What is missing is 500.
var httpStatus = map[codes.Code]int{
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.NotFound:           http.StatusNotFound,
	codes.Unavailable:        http.StatusServiceUnavailable,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.AlreadyExists:      http.StatusConflict,
	codes.Canceled:           499,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.Unauthenticated:    http.StatusUnauthorized,
	codes.PermissionDenied:   http.StatusForbidden,
	codes.FailedPrecondition: http.StatusBadRequest,
	codes.OutOfRange:         http.StatusBadRequest,
}

// grpcCode is httpStatus the other way round, with statuses that only servers of HTTP have. What is missing is Internal.
var grpcCode = map[int]codes.Code{
	http.StatusBadRequest:            codes.InvalidArgument,
	http.StatusUnauthorized:          codes.Unauthenticated,
	http.StatusForbidden:             codes.PermissionDenied,
	http.StatusNotFound:              codes.NotFound,
	http.StatusMethodNotAllowed:      codes.Unimplemented,
	http.StatusConflict:              codes.AlreadyExists,
	http.StatusRequestEntityTooLarge: codes.InvalidArgument, // and no sign of a full queue, as 429 is
	http.StatusTooManyRequests:       codes.ResourceExhausted,
	499:                              codes.Canceled,
	http.StatusNotImplemented:        codes.Unimplemented,
	http.StatusBadGateway:            codes.Unavailable,
	http.StatusServiceUnavailable:    codes.Unavailable,
	http.StatusGatewayTimeout:        codes.DeadlineExceeded,
}

// HTTPStatus is the HTTP status of an answer that says err.
func HTTPStatus(err error) int {
	var large tooLarge
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge
	}
	if code, known := httpStatus[status.Code(err)]; known {
		return code
	}
	return http.StatusInternalServerError
}

// WriteError answers a request with an error as the protocol has it: {"error": "..."}.
func WriteError(w http.ResponseWriter, err error) {
	text, _ := json.Marshal(map[string]string{"error": status.Convert(err).Message()}) // strings always can be written
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(HTTPStatus(err))
	_, _ = w.Write(text) // who hung up need not know
}

// refusal is the error that an answer with another status than 200 says.
func refusal(httpCode int, body []byte) error {
	code, known := grpcCode[httpCode]
	if !known {
		code = codes.Internal
	}
	var said struct{ Error string }
	if err := json.Unmarshal(body, &said); err != nil || said.Error == "" {
		said.Error = http.StatusText(httpCode)
		if text := bytes.TrimSpace(body); len(text) > 0 {
			said.Error += ": " + string(text[:min(len(text), 200)])
		}
	}
	return status.Error(code, said.Error)
}

// unreached is the error of a request without an answer.
func unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return status.Error(codes.Unavailable, err.Error())
}
