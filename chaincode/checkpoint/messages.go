package checkpoint

// RegisterKeyRequest registers a key of the calling body's witness. It is for the body's
// administrators. Several keys of a body may count at once, so that one takes over from
// another without a gap.
type RegisterKeyRequest struct {
	RequestID string `json:"requestId"`
	// Key is the verifier key. Its name is the log's origin, a slash and the body's MSP ID.
	Key string `json:"key"`
}

// RetireKeyRequest ends the life of a key of the calling body. Cosignatures timed before
// Until still count. An end can be brought forward, but not put off.
type RetireKeyRequest struct {
	RequestID string `json:"requestId"`
	KeyID     string `json:"keyId"`
	// Until is RFC 3339 UTC, not before the transaction's claimed time; empty for that.
	Until string `json:"until,omitempty"`
}

// RevokeKeyRequest revokes a key of the calling body that fell into wrong hands, or may
// have. A second one can bring the time forward, when more is known.
type RevokeKeyRequest struct {
	RequestID string `json:"requestId"`
	KeyID     string `json:"keyId"`
	Reason    string `json:"reason"` // code
	// Since is RFC 3339 UTC: cosignatures timed from then on never count.
	Since string `json:"since"`
}

// CosignRequest says that the calling body's own log has this root at this size, which it
// has at the end of that block. It has no request id: what it says is what it is known by.
type CosignRequest struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   string `json:"root"` // lower-case hex
	Block  uint64 `json:"block"`
	// Cosignatures are 1 to MaxCosignatures lines of a note, each with its newline: as
	// tlog.Cosignature.Line writes them.
	Cosignatures []string `json:"cosignatures"`
}

// LatestRequest asks for the largest size of which a quorum of bodies has cosigned one
// root.
type LatestRequest struct {
	Origin string `json:"origin"`
	// Quorum is how many bodies; 0 for tlog.Majority of those that have keys now.
	Quorum int `json:"quorum,omitempty"`
	// Algorithm is that of the cosignatures which count; empty for Ed25519.
	Algorithm Algorithm `json:"algorithm,omitempty"`
}

// AtRequest asks what bodies said of a size.
type AtRequest struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
}

// PolicyRequest asks for the policy that says whose cosignatures are enough.
type PolicyRequest struct {
	Origin string `json:"origin"`
	// At is the time for which the policy is, RFC 3339 UTC; empty for the transaction's
	// claimed time.
	At        string    `json:"at,omitempty"`
	Quorum    int       `json:"quorum,omitempty"`    // as in LatestRequest
	Algorithm Algorithm `json:"algorithm,omitempty"` // as in LatestRequest
}

// KeysRequest asks for a page of the keys of a body, or of all bodies, by body and key id.
type KeysRequest struct {
	Body     string `json:"body,omitempty"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// KeyPage is one page of keys; an empty Bookmark means that it is the last.
type KeyPage struct {
	Items    []WitnessKey `json:"items"`
	Bookmark string       `json:"bookmark,omitempty"`
}

// Standings is what bodies said of a size: more than one root means that they disagree.
// The root that most bodies count for is first. It is empty when nobody said anything.
type Standings struct {
	Items []Standing `json:"items"`
}

// PolicyFile is a policy, and what it was made of.
type PolicyFile struct {
	Policy    string    `json:"policy"` // the file (https://c2sp.org/tlog-policy)
	Origin    string    `json:"origin"`
	At        string    `json:"at"`
	Algorithm Algorithm `json:"algorithm"`
	Bodies    []string  `json:"bodies"` // MSP IDs of those that have a key in it
	Quorum    int       `json:"quorum"` // how many of them are asked for
}

// Events of the contract.
const (
	EventKey          = "checkpoint.key" // registered, retired, revoked
	EventCosigned     = "checkpoint.cosigned"
	EventDisagreement = "checkpoint.disagreement" // cosigned too, but not what another said first
)

// Event is the payload of all of them.
type Event struct {
	Body        string `json:"body"` // MSP ID of the caller
	ClaimedTime string `json:"claimedTime"`
	KeyID       string `json:"keyId,omitempty"`
	RequestID   string `json:"requestId,omitempty"`
	Origin      string `json:"origin,omitempty"`
	Size        uint64 `json:"size,omitempty"`
	Block       uint64 `json:"block,omitempty"`
	// Root is what the caller's body cosigned. With a disagreement, Roots are that which
	// was said first and that one, and Bodies who said them: the same body twice is one
	// that contradicts itself.
	Root   string   `json:"root,omitempty"`
	Roots  []string `json:"roots,omitempty"`
	Bodies []string `json:"bodies,omitempty"`
	V      int      `json:"v"`
}
