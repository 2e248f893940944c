package study

// Plural is the ending of the word for n things.
func Plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
