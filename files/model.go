package files

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"tablee/room"
)

// Kinds of spaces.
const (
	KindRoom = "room"
	KindDrop = "drop"
	KindUser = "user"
	KindTeam = "team"
)

// Space is one tree of folders and files with one quota: "room/NAME", "drop/ID", "user/ID", "team/ID".
type Space string

// SpaceOf names a space.
func SpaceOf(kind, id string) Space { return Space(kind + "/" + id) }

// Node is a file or a folder. The content of a file never changes: overwriting gives the node another blob.
type Node struct {
	ID       string // 128 random bits
	Space    Space
	Parent   string // the folder that it lies in, "" for the top
	Name     string // as CleanName leaves it
	Folder   bool
	Blob     string // where the content is; "" for a folder
	Size     int64  // bytes
	Type     string // media type by our own look at the content
	Created  time.Time
	Modified time.Time // of the content
	By       string    // the shown name of who put it there
	Seat     int       // their colour
	Owner    string    // who may change it besides who manages the space
	Trashed  time.Time // zero while it is not in the trash
	Versions int       // older contents that are kept
	Sum      []byte    // SHA-256 of the content, for Finish; nil when it is not known
}

// Version is an older content of a file.
type Version struct {
	N        int
	Blob     string
	Size     int64
	Type     string
	Modified time.Time
	By       string
	Seat     int
}

// Unknown is the Length of an upload that has not said yet how long it will be.
const Unknown int64 = -1

// Upload is a file on its way in.
type Upload struct {
	ID      string // also its blob's name
	Space   Space
	Parent  string
	Name    string
	Length  int64 // bytes, or Unknown
	Offset  int64 // bytes that are on the disk for good
	Owner   string
	By      string
	Seat    int
	Rename  bool // a file of that name stays as it is, and this one gets another name
	Expires time.Time
	Node    string // what it became, "" while it is on its way

	Hash []byte // how far SHA-256 is with what is on the disk; nil when that is not known

	Modified time.Time // of the content, as its sender tells; zero for when it ends. It lasts as long as one request
}

// Usage is what a space holds.
type Usage struct {
	Bytes    int64 // contents, older ones and the trash too
	Reserved int64 // what uploads under way will still take
	Nodes    int
	Quota    int64 // bytes that an admin lets it have, or Unset
}

// Unset is the quota of a space of which only the settings say something.
const Unset int64 = -1

// quota is what the space may hold, in bytes.
func (u Usage) quota(a Allowance) int64 {
	if u.Quota != Unset {
		return u.Quota
	}
	return a.Space
}

// Within gives an allowance the quota of this space, if it has one: that of a member's home is that of the member.
func (a Allowance) Within(u Usage) Allowance {
	a.Space = u.quota(a)
	if a.Owner > 0 && u.Quota != Unset {
		a.Owner = u.Quota
	}
	return a
}

// Allowance bounds what may be reserved: each in bytes.
type Allowance struct {
	Space  int64 // for the space
	Owner  int64 // for one owner in all spaces, 0 for no bound of its own
	Server int64 // for all spaces together
	Nodes  int   // files and folders in the space
}

// Picker finds a name that is not taken, and its folded form.
type Picker func(taken func(fold string) bool, name string) (free, fold string)

// Link opens a space, or a folder of it, to whoever has its token.
type Link struct {
	Hash      []byte // SHA-256 of the token
	Space     Space
	Node      string // the folder, "" for the whole space
	Kind      string // one of the Link kinds
	Title     string
	Sealed    bool // encrypted in the browsers; the server knows no name and no type
	Created   time.Time
	Expires   time.Time // zero for never
	Password  []byte    // nil for none; a hash of Config.Passwords
	Downloads int       // so far
	Most      int       // downloads, 0 for any number
	Owner     string    // "member/ID" who made it, "" for a drop
}

// Kinds of links.
const (
	LinkGet    = "get"    // read what is there
	LinkPut    = "put"    // add to it, and see nothing
	LinkManage = "manage" // both, and take away
)

// LinkStore keeps links by the hashes of their tokens.
type LinkStore interface {
	AddLinks(ctx context.Context, links ...Link) error
	Link(ctx context.Context, hash []byte) (Link, error)
	// Links lists those into a space.
	Links(ctx context.Context, space Space) ([]Link, error)
	// CountDownload adds one, or answers link_expired when there are none left.
	CountDownload(ctx context.Context, hash []byte) error
	RemoveLink(ctx context.Context, hash []byte) error
	// ExpiredLinks lists those that ended before now.
	ExpiredLinks(ctx context.Context, now time.Time) ([]Link, error)
}

// Store is the database behind the files. Every write is on the disk when it returns nil. A node, upload or link that is
// not there is a *room.Error with file_unknown or link_unknown.
type Store interface {
	NodeStore
	UploadStore
	LinkStore
	PropStore
	GrantStore
	SumStore
	ShareStore
}

// Prop is a property that a WebDAV client keeps with a node (RFC 4918, section 4).
type Prop struct {
	Space, Name, Lang string
	Value             []byte // XML
}

// PropChange sets or removes one.
type PropChange struct {
	Prop
	Remove bool
}

// PropStore keeps properties; the node "" is the top of a space.
type PropStore interface {
	Props(ctx context.Context, space Space, node string) ([]Prop, error)
	// SetProps makes all changes or none; more than most properties are refused.
	SetProps(ctx context.Context, space Space, node string, changes []PropChange, most int) error
}

// NodeStore keeps the trees. Names are unique in their folder by their folded form (Fold).
type NodeStore interface {
	Node(ctx context.Context, space Space, id string) (Node, error)
	Child(ctx context.Context, space Space, parent, fold string) (Node, error)
	Children(ctx context.Context, space Space, parent string) ([]Node, error)
	// AllNodes lists a whole space, with its trash.
	AllNodes(ctx context.Context, space Space) ([]Node, error)
	// Spaces lists those of a kind that have something in them.
	Spaces(ctx context.Context, kind string) ([]Space, error)
	// Search finds live nodes whose folded name holds the folded words.
	Search(ctx context.Context, space Space, words []string, limit int) ([]Node, error)
	Trash(ctx context.Context, space Space) ([]Node, error)
	// AddFolder makes n, or answers file_exists.
	AddFolder(ctx context.Context, n Node, fold string, most int) error
	// Move gives a node another parent or name; a folder never goes below itself.
	Move(ctx context.Context, space Space, id, parent, name, fold string) error
	// SetModified says when the content of a node was changed.
	SetModified(ctx context.Context, space Space, id string, at time.Time) error
	// PutInTrash takes a node with all below it out of sight.
	PutInTrash(ctx context.Context, space Space, id string, at time.Time) error
	// Restore brings it back under a name that is free, at the top when its folder is gone.
	Restore(ctx context.Context, space Space, id string, pick Picker) error
	// Delete removes a node with all below it for good, and names the blobs that nobody knows any more.
	Delete(ctx context.Context, space Space, id string) (blobs []string, err error)
	// DeleteSpace removes all of a space.
	DeleteSpace(ctx context.Context, space Space) (blobs []string, err error)
	// OldTrash lists what lies in the trash since before at.
	OldTrash(ctx context.Context, at time.Time) ([]Node, error)
	Versions(ctx context.Context, id string) ([]Version, error)
	// UseVersion makes an older content the present one; the present one becomes a version.
	UseVersion(ctx context.Context, space Space, id string, n int, at time.Time) error
	Usage(ctx context.Context, space Space) (Usage, error)
	// KnownBlobs calls f for every blob that a node, a version or an upload has; size is what must be there at least.
	KnownBlobs(ctx context.Context, f func(blob string, size int64, upload bool)) error
}

// UploadStore keeps what is on its way in.
type UploadStore interface {
	// Reserve takes the place that the upload needs within a, or answers quota_full; two for the last byte cannot both win.
	Reserve(ctx context.Context, u Upload, a Allowance) error
	Upload(ctx context.Context, id string) (Upload, error)
	// Progress notes how much is on the disk (Offset, Hash), a Length that is now known, and Expires; it keeps to a like Reserve.
	Progress(ctx context.Context, u Upload, a Allowance) error
	// Finish makes the upload a node, or a new version of the one that is there. It returns the node as it is now, and
	// the blobs of versions that are too many.
	Finish(ctx context.Context, id string, n Node, keep int, pick Picker) (Node, []string, error)
	Abandon(ctx context.Context, id string) error
	ExpiredUploads(ctx context.Context, now time.Time) ([]string, error)
}

// newID is a name that cannot be guessed: 128 random bits.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// idLength is the length of what newID makes.
const idLength = 22

// isID says if s can be one; only such names come near the disk.
func isID(s string) bool {
	if len(s) != idLength {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func refuse(code room.Code, message string) error { return &room.Error{Code: code, Message: message} }
