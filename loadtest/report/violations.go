package report

import "tablee/loadtest/result"

// violation is one kind of what a correct server never does, and how often it happened.
type violation struct {
	name  string
	count uint64
}

// violations lists the kinds that happened.
func violations(r *result.Report) []violation {
	v := r.Violations
	var all []violation
	for _, kind := range []violation{
		{"sequence numbers that leapt", v.SequenceJumps}, {"timestamps that went back", v.TimeBackwards},
		{"timestamps that ran ahead", v.TimeJumps}, {"picture ids with gaps", v.PictureIDGaps},
		{"switches without a key frame", v.SwitchNotOnKey}, {"wrong sources", v.WrongSource},
		{"malformed packets", v.Malformed}, {"broken messages", v.ProtocolErrors}, {"unknown streams", v.UnknownStreams},
		{"wrong retransmissions", v.WrongRetransmit},
	} {
		if kind.count > 0 {
			all = append(all, kind)
		}
	}
	return all
}
