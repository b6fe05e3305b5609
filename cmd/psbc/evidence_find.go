package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// ofNotarisation proves the latest state of a body's notarisation of a document.
func (p *proving) ofNotarisation(ctx context.Context, document intake.Document, by string) (*proven, error) {
	body, err := p.names.find("by", by)
	if err != nil {
		return nil, err
	}
	history, err := p.history(ctx, document.Digest, body)
	if err != nil {
		return nil, err
	}
	if len(history.Changes) == 0 {
		return nil, exit.Nof("%s is not notarised by %s", printable(document.Name), body.Name)
	}
	last := history.Changes[len(history.Changes)-1]
	b, err := p.blockOf(ctx, last.TxID)
	if err != nil {
		return nil, err
	}
	target := notaryWrite(last.TxID, evidence.RecordKeyType, string(document.Digest), body.MSPID)
	return p.prove(ctx, b, target, last.Record.After, nil)
}

func (p *proving) history(ctx context.Context, digest notary.Digest, body gateway.Body) (historyResult, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	return readHistory(ctx, p.client.Notary(), digest, body)
}

func notaryWrite(tx string, key ...string) prove.Target {
	return prove.Target{Tx: tx, Namespace: evidence.NotaryNamespace, Key: compositeKey(key...)}
}

// ofMember proves a document of the batch that a batch file holds.
func (p *proving) ofMember(ctx context.Context, batchFile string, document intake.Document) (*proven, error) {
	batch, index, err := findInBatch(batchFile, document)
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	member, err := batch.Member(index)
	if err != nil {
		return nil, err
	}
	status, err := p.memberStatus(ctx, batch, member.Digest)
	if err != nil {
		return nil, err
	}
	if r := status.Revocation; r != nil {
		key := typedKey(compositeKey("notary.member", r.Root, r.Body, string(r.Digest)))
		return nil, exit.WithRemedy(exit.Nof("%s revoked %s in the batch at %s, %s", p.names.name(r.Body), printable(document.Name),
			seconds(r.Revocation.At), describeReason(r.Revocation)), "evidence of that is to be had with --key notary/%s", key)
	}
	return p.ofAnchor(ctx, status.Anchor, &member)
}

// memberStatus is what the ledger says of a document of a batch.
func (p *proving) memberStatus(ctx context.Context, batch *gateway.Batch, digest notary.Digest) (*notary.MemberStatus, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	status, err := p.client.Notary().ReadMember(ctx, notary.ReadMemberRequest{Root: batch.Request().Root, Body: batch.Body(), Digest: digest})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, exit.WithRemedy(exit.Nof("the batch is not anchored"), `"psbc notary notarise --batch" with its batch file anchors it`)
	}
	return status, err
}

// ofAnchor proves the latest state of an anchor, and a document's place in its batch if
// there is one.
func (p *proving) ofAnchor(ctx context.Context, anchor notary.Anchor, member *evidence.Member) (*proven, error) {
	tx := anchor.TxID
	if anchor.Revocation != nil {
		tx = anchor.Revocation.TxID
	}
	b, err := p.blockOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return p.prove(ctx, b, notaryWrite(tx, evidence.AnchorKeyType, anchor.Root, anchor.Body), anchor.After, member)
}

// ofKey proves a write of any chaincode: that of a transaction, else the latest one that the
// last so many blocks have, 0 for all.
func (p *proving) ofKey(ctx context.Context, target prove.Target, blocks uint64) (*proven, error) {
	if target.Tx != "" {
		b, err := p.blockOf(ctx, target.Tx)
		if errors.Is(err, gateway.ErrNotFound) {
			return nil, exit.Nof("there is no transaction %s", printable(target.Tx))
		}
		if err != nil {
			return nil, err
		}
		if _, err := prove.Find(b, target); err != nil {
			return nil, exit.Nof("transaction %s is not valid, or did not write %s/%s", target.Tx, target.Namespace, typedKey(target.Key))
		}
		return p.prove(ctx, b, target, nil, nil)
	}
	b, err := p.latestWrite(ctx, target, blocks)
	if err != nil {
		return nil, err
	}
	return p.prove(ctx, b, target, nil, nil)
}

// latestWrite looks for a write from the last block backwards.
func (p *proving) latestWrite(ctx context.Context, target prove.Target, blocks uint64) (*block.Block, error) {
	height, err := p.height(ctx)
	if err != nil {
		return nil, err
	}
	first := uint64(0)
	if blocks != 0 && blocks < height {
		first = height - blocks
	}
	bar := newProgress(p.progress, int(height-first), "looking through blocks") //nolint:gosec // no ledger is that long
	defer bar.close()
	for number := height; number > first; number-- {
		b, err := p.blockAt(ctx, number-1)
		if err != nil {
			return nil, err
		}
		if _, err := prove.Find(b, target); err == nil {
			return b, nil
		}
		bar.add(1)
	}
	return nil, exit.Nof("no valid transaction of the blocks %d to %d wrote %s/%s", first, height-1, target.Namespace, typedKey(target.Key))
}

func (p *proving) height(ctx context.Context) (uint64, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	return p.client.Height(ctx)
}

func (p *proving) blockAt(ctx context.Context, number uint64) (*block.Block, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	raw, err := p.client.BlockAt(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", number, err)
	}
	return block.Decode(raw)
}
