package files

import "context"

// What the tests look at besides what is exported.

// Purge does at once what Run does from time to time.
func (f *Files) Purge(ctx context.Context) { f.purge(ctx) }

// Check does at once what Run does in quiet hours.
func (f *Files) Check(ctx context.Context) error { return f.check(ctx) }

// ParseMetadata is parseMetadata.
func ParseMetadata(text string) (map[string]string, error) { return parseMetadata(text) }

// Inline is inline.
func Inline(mediaType string) bool { return inline(mediaType) }

// ServedType is servedType.
func ServedType(mediaType string) string { return servedType(mediaType) }

// Settable is settable.
func Settable(body []byte) ([]byte, bool) { return settable(body) }

// WellFormed is wellFormed.
func WellFormed(body []byte) bool { return wellFormed(body) }

// OnlyToken is onlyToken.
func OnlyToken(header string) string { return onlyToken(header) }

// Hold is a client that sends an upload, until release.
func (f *Files) Hold(id string) (release func()) {
	release, err := f.hold(id, func() {})
	if err != nil {
		panic(err)
	}
	return release
}
