package room

import (
	"errors"
	"net/http"
)

// Code is a stable word for what went wrong, as listed in docs/protocol.md under "Error codes". The page translates by
// code; the message beside it is plain English for a developer.
type Code string

// The codes of the protocol.
const (
	CodeBadMessage      Code = "bad_message"
	CodeVersion         Code = "version"
	CodeHelloExpected   Code = "hello_expected"
	CodeAlreadyJoined   Code = "already_joined"
	CodeNameInvalid     Code = "name_invalid"
	CodeRoomNameInvalid Code = "room_name_invalid"
	CodeRoomUnknown     Code = "room_unknown"
	CodeRoomFull        Code = "room_full"
	CodeServerFull      Code = "server_full"
	CodeRoomsFull       Code = "rooms_full"
	CodeRoomExists      Code = "room_exists"
	CodeRoomLocked      Code = "room_locked"
	CodeRoomNotOpen     Code = "room_not_open"
	CodeAccountNeeded   Code = "account_needed"
	CodePasswordNeeded  Code = "password_needed"
	CodePasswordWrong   Code = "password_wrong"
	CodeLinkInvalid     Code = "link_invalid"
	CodeLinksFull       Code = "links_full"
	CodeNotAdmitted     Code = "not_admitted"
	CodeBanned          Code = "banned"
	CodeForbidden       Code = "forbidden"
	CodeRateLimited     Code = "rate_limited"
	CodeTooBig          Code = "too_big"
	CodeLineFull        Code = "line_full"
	CodeOfferInvalid    Code = "offer_invalid"
	CodeMediaFailed     Code = "media_failed"
	CodeChatUnsaved     Code = "chat_unsaved"
	CodeShuttingDown    Code = "shutting_down"
	CodePadUnknown      Code = "pad_unknown"
	CodePadsFull        Code = "pads_full"
	CodePadBroken       Code = "pad_broken"
	CodeFileName        Code = "file_name_invalid"
	CodeFileExists      Code = "file_exists"
	CodeFileUnknown     Code = "file_unknown"
	CodeFileBusy        Code = "file_busy"
	CodeFileOffset      Code = "file_offset"
	CodeFileDamaged     Code = "file_damaged"
	CodeQuotaFull       Code = "quota_full"
	CodeDiskFull        Code = "disk_full"
	CodeLinkUnknown     Code = "link_unknown"
	CodeLinkExpired     Code = "link_expired"
	CodeLoginWrong      Code = "login_wrong"
	CodePasswordWeak    Code = "password_weak"
	CodeAccountUnknown  Code = "account_unknown"
	CodeAccountExists   Code = "account_exists"
	CodeAccountsFull    Code = "accounts_full"
	CodeLastAdmin       Code = "last_admin"
	CodeLoginExpired    Code = "login_expired"
	CodeLoginRefused    Code = "login_refused"
	CodeLoginDown       Code = "login_unavailable"
	CodeGroupUnknown    Code = "group_unknown"
	CodeGroupExists     Code = "group_exists"
	CodeInternal        Code = "internal"
)

// Codes lists every code, in the order of the protocol.
func Codes() []Code {
	return []Code{
		CodeBadMessage, CodeVersion, CodeHelloExpected, CodeAlreadyJoined, CodeNameInvalid, CodeRoomNameInvalid,
		CodeRoomUnknown, CodeRoomFull, CodeServerFull, CodeRoomsFull,
		CodeRoomExists, CodeRoomLocked, CodeRoomNotOpen, CodeAccountNeeded, CodePasswordNeeded, CodePasswordWrong, CodeLinkInvalid,
		CodeLinksFull, CodeNotAdmitted, CodeBanned, CodeForbidden, CodeRateLimited, CodeTooBig,
		CodeLineFull, CodeOfferInvalid, CodeMediaFailed, CodeChatUnsaved, CodeShuttingDown, CodePadUnknown, CodePadsFull, CodePadBroken,
		CodeFileName, CodeFileExists, CodeFileUnknown, CodeFileBusy, CodeFileOffset, CodeFileDamaged, CodeQuotaFull, CodeDiskFull,
		CodeLinkUnknown, CodeLinkExpired,
		CodeLoginWrong, CodePasswordWeak, CodeAccountUnknown, CodeAccountExists, CodeAccountsFull, CodeLastAdmin,
		CodeLoginExpired, CodeLoginRefused, CodeLoginDown, CodeGroupUnknown, CodeGroupExists, CodeInternal,
	}
}

// HTTPStatus is the status of an HTTP answer that carries the code; 500 for a code nobody knows.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeBadMessage, CodeVersion, CodeHelloExpected, CodeNameInvalid, CodeRoomNameInvalid, CodeOfferInvalid, CodeFileName, CodePasswordWeak:
		return http.StatusBadRequest
	case CodeForbidden, CodeRoomLocked, CodeRoomNotOpen, CodeLinkInvalid, CodeNotAdmitted, CodeBanned, CodePasswordWrong, CodeLoginRefused:
		return http.StatusForbidden
	case CodeAccountNeeded, CodePasswordNeeded, CodeLoginWrong:
		return http.StatusUnauthorized
	case CodeRoomUnknown, CodePadUnknown, CodeFileUnknown, CodeLinkUnknown, CodeAccountUnknown, CodeGroupUnknown:
		return http.StatusNotFound
	case CodeAlreadyJoined, CodePadBroken, CodeRoomExists, CodeLinksFull, CodeFileExists, CodeFileOffset,
		CodeAccountExists, CodeAccountsFull, CodeLastAdmin, CodeGroupExists:
		return http.StatusConflict
	case CodeLinkExpired, CodeLoginExpired:
		return http.StatusGone
	case CodeFileBusy:
		return http.StatusLocked
	case CodeFileDamaged:
		return 460 // checksum mismatch, by the tus protocol
	case CodeTooBig, CodeQuotaFull:
		return http.StatusRequestEntityTooLarge
	case CodeRateLimited:
		return http.StatusTooManyRequests
	case CodeRoomFull, CodeServerFull, CodeRoomsFull, CodeLineFull, CodeMediaFailed, CodeShuttingDown, CodePadsFull, CodeLoginDown:
		return http.StatusServiceUnavailable
	case CodeChatUnsaved, CodeDiskFull:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// Error is a refusal that a user may see. Two Errors are the same to errors.Is when their codes are.
type Error struct {
	Code    Code
	Message string         // plain English; says what to do
	Args    map[string]int // numbers that the page puts into its sentence; nil for most codes
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is lets errors.Is(err, &Error{Code: c}) find any error of that code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf is the code that err carries, "" for nil, and internal for an error that was not meant for users.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// Public is what may be shown of err: the Error inside it, or a general one that tells nothing of the internals.
func Public(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Message: "something went wrong on the server; try again"}
}
