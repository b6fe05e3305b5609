package ledger

import "github.com/psbc-lu/psbc/chaincode/registry"

// Private fields are in the implicit collections of the bodies that keep them, the
// keepers. Transactions on them write to one such collection and nowhere else; see
// changePrivate.

// OpenPrivate reads what a request to store private fields at a keeper begins with: the
// register, and whether r was carried out before. It fails with ALREADY_EXISTS when r's
// id was used for another request on private fields at the keeper.
func (g Registry) OpenPrivate(r Request, keeper, register string) (StoredRegister, bool, error) {
	repeated, err := g.Repeated(r, keeper)
	if err != nil {
		return StoredRegister{}, false, err
	}
	stored, err := g.Stored(register)
	return stored, repeated, err
}

// Repeated says whether r was carried out before on private fields at a keeper. It fails
// as OpenPrivate does.
func (g Registry) Repeated(r Request, keeper string) (bool, error) {
	return g.privatelyRepeated(typeRegistryRequest, keeper, r)
}

// RepeatPrivate ends a request on private fields that was carried out before.
func (g Registry) RepeatPrivate(r Request, keeper string) error {
	return g.changePrivately(typeRegistryRequest, keeper, r, nil)
}

// SavePrivate stores encoded private fields, one for each item, and r's receipt in the
// keeper's collection.
func (g Registry) SavePrivate(r Request, keeper, register string, items []registry.PrivateItem, encoded [][]byte) error {
	entries := make([]entry, 0, len(items)+1) // room for the receipt
	for i, item := range items {
		k, err := privateKey(register, item.ID, item.Hash)
		if err != nil {
			return err
		}
		entries = append(entries, entry{k, encoded[i]})
	}
	return g.changePrivately(typeRegistryRequest, keeper, r, entries)
}

// PurgePrivate erases private fields from r.Body's collection, from its history too,
// and stores r's receipt there.
func (g Registry) PurgePrivate(r Request, register, id, hash string) error {
	k, err := privateKey(register, id, hash)
	if err != nil {
		return err
	}
	return g.changePrivately(typeRegistryRequest, r.Body, r, nil, k)
}

// Private reads private fields at a body, nil when there are none or when this peer
// does not hold them.
func (g Registry) Private(body, register, id, hash string) ([]byte, error) {
	k, err := privateKey(register, id, hash)
	if err != nil {
		return nil, err
	}
	return g.private(body, k)
}
