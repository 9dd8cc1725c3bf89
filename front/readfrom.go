package front

import "io"

// ReadFrom implements io.ReaderFrom: what is sent from a file goes by sendfile when the connection is in the clear.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if below, ok := c.Conn.(io.ReaderFrom); ok {
		return below.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}
