package signaling

import (
	"context"

	"tablee/room"
)

// JoinTokens opens the tokens by which other sites let people in; package jointoken does. name is the room's normal one.
// What is no good is refused with link_invalid.
type JoinTokens interface {
	Look(ctx context.Context, name, token string) (room.Grant, error)
	// Take uses up a token that is good once.
	Take(ctx context.Context, name, token string) error
}

// noJoinTokens knows no token.
type noJoinTokens struct{}

// Look implements JoinTokens.
func (noJoinTokens) Look(context.Context, string, string) (room.Grant, error) {
	return room.Grant{}, &room.Error{Code: room.CodeLinkInvalid, Message: "this server takes no join tokens"}
}

// Take implements JoinTokens.
func (noJoinTokens) Take(context.Context, string, string) error { return nil }
