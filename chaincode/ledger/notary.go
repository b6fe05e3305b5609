package ledger

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Notary is the notary's part of the ledger.
type Notary struct{ *Tx }

// Transaction returns the transaction as the domain sees it.
func (n Notary) Transaction() notary.Tx {
	return notary.Tx{ID: n.ID(), ClaimedTime: n.ClaimedTime()}
}

// Load reads, in one round trip, what r.Body holds of the digests, nil for what it
// has not notarised, and the receipt of r, nil when r is new. It fails with
// ALREADY_EXISTS when r's id was used for another request.
func (n Notary) Load(r Request, digests ...notary.Digest) ([]*notary.Notarisation, *Receipt, error) {
	keys, err := recordKeys(r.Body, digests)
	if err != nil {
		return nil, nil, err
	}
	request, err := requestKey(typeRequest, r.Body, r.ID)
	if err != nil {
		return nil, nil, err
	}
	values, err := n.get(append(keys, request)...)
	if err != nil {
		return nil, nil, err
	}
	receipt, err := earlier(r, values[len(digests)])
	if err != nil {
		return nil, nil, err
	}
	records, err := decodeRecords(values[:len(digests)])
	return records, receipt, err
}

// LoadPrior reads what a request to notarise items needs to know, and its receipt; see
// Load. The details' hashes cost one more round trip for each item with details.
func (n Notary) LoadPrior(r Request, items []notary.Item) ([]notary.Prior, *Receipt, error) {
	digests := make([]notary.Digest, 0, len(items))
	for _, item := range items {
		digests = append(digests, item.Digest)
	}
	for _, item := range items {
		if item.Supersedes != "" {
			digests = append(digests, item.Supersedes)
		}
	}
	records, receipt, err := n.Load(r, digests...)
	if err != nil {
		return nil, nil, err
	}

	prior := make([]notary.Prior, len(items))
	superseded := records[len(items):]
	for i, item := range items {
		prior[i].Existing = records[i]
		if item.Supersedes != "" {
			prior[i].Superseded, superseded = superseded[0], superseded[1:]
		}
		if item.DetailsHash != "" && receipt == nil {
			if prior[i].DetailsHash, err = n.detailsHash(r.Body, item.Digest); err != nil {
				return nil, nil, err
			}
		}
	}
	return prior, receipt, nil
}

// digestList is the value of a listing key.
type digestList struct {
	Digests []notary.Digest `json:"digests"`
	V       int             `json:"v"`
}

// Save writes, in one batch, the records that r created or changed, its receipt,
// and, when it created any, the entry of the body's list.
func (n Notary) Save(r Request, created, changed []notary.Notarisation) error {
	fresh, err := recordEntries(created)
	if err != nil {
		return err
	}
	altered, err := recordEntries(changed)
	if err != nil {
		return err
	}
	receipt, err := n.receipt(typeRequest, r)
	if err != nil {
		return err
	}
	var w writing
	for _, e := range fresh {
		w.set(r.Body, e.key, e.value)
	}
	for _, e := range altered {
		w.set(keep, e.key, e.value)
	}
	w.set(derived, receipt.key, receipt.value)
	if len(created) > 0 {
		list, err := n.listEntry(r, created)
		if err != nil {
			return err
		}
		w.set(derived, list.key, list.value)
	}
	return w.write(n.Tx)
}

func (n Notary) listEntry(r Request, created []notary.Notarisation) (entry, error) {
	list := digestList{V: notary.SchemaVersion, Digests: make([]notary.Digest, 0, len(created))}
	for _, record := range created {
		list.Digests = append(list.Digests, record.Digest)
	}
	k, err := listKey(r.Body, n.ClaimedTime(), r.ID)
	if err != nil {
		return entry{}, err
	}
	value, err := canonical.MarshalSorted(list)
	return entry{k, value}, err
}

func recordEntries(records []notary.Notarisation) ([]entry, error) {
	entries := make([]entry, 0, len(records))
	for _, record := range records {
		k, err := recordKey(record.Digest, record.Body)
		if err != nil {
			return nil, err
		}
		value, err := record.Encode()
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{k, value})
	}
	return entries, nil
}

// Record reads one notarisation; it fails with NOT_FOUND when there is none.
func (n Notary) Record(digest notary.Digest, body string) (notary.Notarisation, error) {
	k, err := recordKey(digest, body)
	if err != nil {
		return notary.Notarisation{}, err
	}
	values, err := n.get(k)
	if err != nil {
		return notary.Notarisation{}, err
	}
	if values[0] == nil {
		return notary.Notarisation{}, fault.New(fault.NotFound, "%s has not notarised %s", body, digest)
	}
	return notary.DecodeNotarisation(values[0])
}

// Find reads a page of every body's notarisations of a digest, by MSP ID.
func (n Notary) Find(digest notary.Digest, size int, bookmark string) (notary.Page, error) {
	start, err := startOf(recordsOf(digest), 1, bookmark)
	if err != nil {
		return notary.Page{}, err
	}
	pairs, next, err := n.page(recordsOf(digest), size, start)
	if err != nil {
		return notary.Page{}, err
	}
	page := notary.Page{Items: make([]notary.Notarisation, 0, len(pairs))}
	for _, p := range pairs {
		record, err := notary.DecodeNotarisation(p.value)
		if err != nil {
			return notary.Page{}, err
		}
		page.Items = append(page.Items, record)
	}
	if next != "" {
		page.Bookmark, err = bookmarkOf(recordsOf(digest), next)
	}
	return page, err
}

// History reads every committed state of one notarisation, oldest first; it fails
// with NOT_FOUND when there is none.
func (n Notary) History(digest notary.Digest, body string) (notary.History, error) {
	k, err := recordKey(digest, body)
	if err != nil {
		return notary.History{}, err
	}
	changes, err := n.history(k)
	if err != nil {
		return notary.History{}, err
	}
	if len(changes) == 0 {
		return notary.History{}, fault.New(fault.NotFound, "%s has not notarised %s", body, digest)
	}
	history := notary.History{Changes: make([]notary.Change, 0, len(changes))}
	for _, change := range changes {
		record, err := notary.DecodeNotarisation(change.GetValue())
		if err != nil {
			return notary.History{}, fmt.Errorf("transaction %s: %w", change.GetTxId(), err)
		}
		claimed, err := canonical.FormatTime(change.GetTimestamp().AsTime())
		if err != nil {
			return notary.History{}, fmt.Errorf("transaction %s: %w", change.GetTxId(), err)
		}
		history.Changes = append(history.Changes, notary.Change{TxID: change.GetTxId(), ClaimedTime: claimed, Record: record})
	}
	return history, nil
}

func decodeRecords(values [][]byte) ([]*notary.Notarisation, error) {
	return decodeAll(values, notary.DecodeNotarisation)
}

// LoadDetails reads what the ledger tells every peer of a body's details for a
// digest, and whether r was carried out before. It fails with ALREADY_EXISTS when
// r's id was used for another request on details.
func (n Notary) LoadDetails(r Request, digest notary.Digest) (notary.Stored, bool, error) {
	repeated, err := n.privatelyRepeated(typeRequest, r.Body, r)
	if err != nil {
		return notary.Stored{}, false, err
	}
	stored, err := n.Stored(r.Body, digest)
	return stored, repeated, err
}

// Stored reads what the ledger tells every peer of a body's details for a digest.
func (n Notary) Stored(body string, digest notary.Digest) (notary.Stored, error) {
	k, err := recordKey(digest, body)
	if err != nil {
		return notary.Stored{}, err
	}
	values, err := n.get(k)
	if err != nil {
		return notary.Stored{}, err
	}
	records, err := decodeRecords(values)
	if err != nil {
		return notary.Stored{}, err
	}
	hash, err := n.detailsHash(body, digest)
	return notary.Stored{Notarisation: records[0], DetailsHash: hash}, err
}

func (n Notary) detailsHash(body string, digest notary.Digest) (string, error) {
	k, err := detailsKey(digest)
	if err != nil {
		return "", err
	}
	hash, err := n.privateHash(body, k)
	return hex.EncodeToString(hash), err
}

// Details reads a body's details for a digest, nil when there are none or when this
// peer does not hold them.
func (n Notary) Details(body string, digest notary.Digest) ([]byte, error) {
	k, err := detailsKey(digest)
	if err != nil {
		return nil, err
	}
	return n.private(body, k)
}

// SaveDetails stores encoded details and r's receipt in r.Body's collection.
func (n Notary) SaveDetails(r Request, digest notary.Digest, encoded []byte) error {
	k, err := detailsKey(digest)
	if err != nil {
		return err
	}
	return n.changePrivately(typeRequest, r.Body, r, []entry{{k, encoded}})
}

// PurgeDetails erases the details from r.Body's collection, from its history too,
// and stores r's receipt.
func (n Notary) PurgeDetails(r Request, digest notary.Digest) error {
	k, err := detailsKey(digest)
	if err != nil {
		return err
	}
	return n.changePrivately(typeRequest, r.Body, r, nil, k)
}

// RepeatDetails ends a request on details that was carried out before.
func (n Notary) RepeatDetails(r Request) error {
	return n.changePrivately(typeRequest, r.Body, r, nil)
}

// decodeList reads the value of a listing key.
func decodeList(value []byte) ([]notary.Digest, error) {
	var list digestList
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, fmt.Errorf("list of digests: %w", err)
	}
	if list.V != notary.SchemaVersion {
		return nil, fmt.Errorf("list of digests: version %d", list.V)
	}
	return list.Digests, nil
}
