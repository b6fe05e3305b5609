package main

import (
	"slices"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceView is what --json prints of evidence that holds.
type evidenceView struct {
	Origin string        `json:"origin"`
	Size   uint64        `json:"size"`
	Root   evidence.Hash `json:"root"`
	Index  uint64        `json:"index"`
	writeView
	Document      notary.Digest        `json:"document,omitempty"` // compared with the evidence
	Status        string               `json:"status,omitempty"`
	ExistedBefore string               `json:"existedBefore"`
	NotBefore     string               `json:"notBefore,omitempty"`
	Notarisation  *notary.Notarisation `json:"notarisation,omitempty"`
	Anchor        *notary.Anchor       `json:"anchor,omitempty"`
	Cosigners     []cosignerView       `json:"cosigners"`
	Checks        []checkView          `json:"checks"`
}

// writeView is a write.
type writeView struct {
	Block      uint64         `json:"block"`
	TxID       string         `json:"txId"`
	Creator    string         `json:"creator"` // MSP ID
	Namespace  string         `json:"namespace"`
	Kind       evidence.Kind  `json:"kind"`
	Collection string         `json:"collection,omitempty"`
	Key        string         `json:"key"` // as --key takes it
	ValueHash  *evidence.Hash `json:"valueHash"`
	Value      []byte         `json:"value,omitempty"` // base64
	Member     *memberView    `json:"member,omitempty"`
}

// memberView is a document's place in a batch.
type memberView struct {
	Digest notary.Digest `json:"digest"`
	Index  uint64        `json:"index"`
}

// cosignerView is one line of signature.
type cosignerView struct {
	Body      string `json:"body,omitempty"` // MSP ID
	Witness   string `json:"witness,omitempty"`
	Key       string `json:"key"`
	Algorithm string `json:"algorithm,omitempty"`
	Time      string `json:"time,omitempty"`
	Counted   bool   `json:"counted"`
	Why       string `json:"why,omitempty"`
}

// checkView is one check that was made.
type checkView struct {
	Name     string `json:"name"`
	Sentence string `json:"sentence"`
}

func viewEvidence(r *evidence.Result) evidenceView {
	v := evidenceView{
		Origin: r.Checkpoint.Origin, Size: r.Checkpoint.Size, Root: r.Checkpoint.Root, Index: r.Index,
		writeView: viewWrite(r.Detail, r.Value, r.Member), Document: r.Document, Status: r.Status, ExistedBefore: stamp(r.ExistedBefore),
		Notarisation: r.Notarisation, Anchor: r.Anchor, Cosigners: []cosignerView{}, Checks: []checkView{},
	}
	if r.NotBefore != nil {
		v.NotBefore = stamp(*r.NotBefore)
	}
	for _, c := range r.Cosigners {
		view := cosignerView{Body: c.Body, Witness: c.Witness, Key: c.Key, Counted: c.Counted, Why: c.Why}
		if c.Body != "" {
			view.Algorithm, view.Time = c.Algorithm.String(), stamp(c.Time)
		}
		v.Cosigners = append(v.Cosigners, view)
	}
	for _, c := range r.Checks {
		v.Checks = append(v.Checks, checkView(c))
	}
	return v
}

func viewWrite(d evidence.Detail, value []byte, m *evidence.Member) writeView {
	v := writeView{
		Block: d.Block, TxID: d.Tx, Creator: d.Creator, Namespace: d.Namespace, Kind: d.Kind, Collection: d.Collection,
		Key: typedKey(d.Key), ValueHash: d.ValueHash, Value: value,
	}
	if m != nil {
		v.Member = &memberView{Digest: m.Digest, Index: m.Index}
	}
	return v
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// cosignedBy lists the bodies whose cosignatures count.
func cosignedBy(r *evidence.Result) string {
	var bodies []string
	for _, c := range r.Cosigners {
		if c.Counted && !slices.Contains(bodies, c.Body) {
			bodies = append(bodies, c.Body)
		}
	}
	return strings.Join(bodies, ", ")
}
