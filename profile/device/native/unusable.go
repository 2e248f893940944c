package native

// Unusable is the error of a library that is missing, or is not the one that was asked for: whoever named it, or did not
// install it, can correct that.
type Unusable struct{ Err error }

// Error is that of what is wrong with the library.
func (e *Unusable) Error() string { return e.Err.Error() }

// Unwrap gives it.
func (e *Unusable) Unwrap() error { return e.Err }

// ExitCode is 2: the input was wrong.
func (*Unusable) ExitCode() int { return 2 }
