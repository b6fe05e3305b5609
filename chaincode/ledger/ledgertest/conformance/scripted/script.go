// Package scripted is a chaincode that does what it is told: a transaction
// is a list of operations of Fabric's stub, and its answer is the list of their
// results. The suite chaincode/ledger/ledgertest/conformance asks ledgers with
// it how they behave.
package scripted

// Function is the chaincode's one function. Its argument is the JSON of a list
// of [Op]; it returns the JSON of a list of [Result], one for each.
const Function = "Run"

// Kind says what an operation does.
type Kind string

// The operations. Those that read or write keys do so in the public state, or
// in Op.Collection if that is set.
const (
	Put          Kind = "put"          // Key, Value (Repeat times over)
	PutMany      Kind = "putMany"      // Count keys made of Key and six digits; Value
	Get          Kind = "get"          // Key
	GetMultiple  Kind = "getMultiple"  // Keys
	Delete       Kind = "delete"       // Key
	Purge        Kind = "purge"        // Key, Collection
	Hash         Kind = "hash"         // Key, Collection
	SetPolicy    Kind = "setPolicy"    // Key, Value: marshalled policy
	GetPolicy    Kind = "getPolicy"    // Key
	Range        Kind = "range"        // Start, End; at most Count results, if set
	RangePage    Kind = "rangePage"    // Start, End, Size, Bookmark
	Partial      Kind = "partial"      // Type, Attributes
	PartialPage  Kind = "partialPage"  // Type, Attributes, Size, Bookmark
	AllComposite Kind = "allComposite" // Size, Bookmark
	Query        Kind = "query"        // Value: the query
	History      Kind = "history"      // Key
	MakeKey      Kind = "makeKey"      // Type, Attributes
	SplitKey     Kind = "splitKey"     // Key
	StartBatch   Kind = "startBatch"
	FinishBatch  Kind = "finishBatch"
	Event        Kind = "event"     // Type: the name; Value
	Transient    Kind = "transient" // Type: the name
	Caller       Kind = "caller"
	Attribute    Kind = "attribute" // Type: the name
	Transaction  Kind = "transaction"
	Invoke       Kind = "invoke" // Type: chaincode; Attributes: arguments
	Respond      Kind = "respond"
	Random       Kind = "random" // Key: writes what no two endorsers agree on
)

// Op is one operation. Byte strings travel as base64, so that keys need not be
// text.
type Op struct {
	Kind       Kind     `json:"kind"`
	Collection string   `json:"collection,omitempty"`
	Key        []byte   `json:"key,omitempty"`
	Keys       [][]byte `json:"keys,omitempty"`
	Value      []byte   `json:"value,omitempty"`
	Repeat     int      `json:"repeat,omitempty"`
	Start      []byte   `json:"start,omitempty"`
	End        []byte   `json:"end,omitempty"`
	Type       string   `json:"type,omitempty"`
	Attributes [][]byte `json:"attributes,omitempty"`
	Size       int32    `json:"size,omitempty"`
	Bookmark   []byte   `json:"bookmark,omitempty"`
	Count      int      `json:"count,omitempty"`
	Status     int32    `json:"status,omitempty"`  // of Respond
	Message    string   `json:"message,omitempty"` // of Respond
}

// Result is what an operation returned.
type Result struct {
	Error    string           `json:"error,omitempty"` // the stub's error, or its panic
	Value    []byte           `json:"value"`           // nil for none
	Values   [][]byte         `json:"values,omitempty"`
	Pairs    []Pair           `json:"pairs,omitempty"`
	Fetched  int32            `json:"fetched,omitempty"`
	Bookmark []byte           `json:"bookmark,omitempty"`
	Changes  []Change         `json:"changes,omitempty"`
	Found    bool             `json:"found,omitempty"`
	Caller   *CallerInfo      `json:"caller,omitempty"`
	Context  *TransactionInfo `json:"context,omitempty"`
	Status   int32            `json:"status,omitempty"`
}

// Pair is a key with its value.
type Pair struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
}

// Change is an entry of a key's history.
type Change struct {
	TransactionID string `json:"transactionId"`
	Value         []byte `json:"value"`
	Deleted       bool   `json:"deleted,omitempty"`
	Seconds       int64  `json:"seconds"`
	Nanos         int32  `json:"nanos"`
}

// CallerInfo is the caller as the chaincode sees it.
type CallerInfo struct {
	MSPID string   `json:"mspId"`
	Name  string   `json:"name"`
	Units []string `json:"units"`
}

// TransactionInfo is what the chaincode knows of its transaction.
type TransactionInfo struct {
	ID       string `json:"id"`
	Channel  string `json:"channel"`
	Seconds  int64  `json:"seconds"`
	Nanos    int32  `json:"nanos"`
	Function string `json:"function"`
	Args     int    `json:"args"`
}
