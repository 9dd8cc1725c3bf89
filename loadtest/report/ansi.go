package report

// Select Graphic Rendition codes (ECMA-48, 8.3.117), without their frame.
const (
	bold   = "1;"
	dim    = "2;"
	red    = "31;"
	green  = "32;"
	yellow = "33;"
)

// paint frames s with a colour, or leaves it alone.
func paint(color bool, codes, s string) string {
	if !color || codes == "" || s == "" {
		return s
	}
	return "\x1b[" + codes[:len(codes)-1] + "m" + s + "\x1b[0m"
}
