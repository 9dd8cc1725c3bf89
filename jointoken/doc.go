// Package jointoken lets other sites let people into rooms: a site holds a key of this server's and signs tokens by it, such
// as for who has logged in there, and the token says into which room, as what, under which name.
//
// A token is a JSON Web Token (RFC 7519) signed with HS256 and nothing else (RFC 8725, section 3.1): what it says of its own
// algorithm is compared, never followed. A key is worth nothing once it is revoked; its secret is derived from the server's
// own and stored nowhere. No token is logged or kept; of one that is good once, a hash is, until it has expired.
//
// Read token.go first.
package jointoken
