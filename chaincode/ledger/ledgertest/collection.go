package ledgertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
)

// implicitPrefix begins the names of the collections that every body has
// without any definition (Fabric's core/chaincode/implicitcollection).
const implicitPrefix = "_implicit_org_"

// ImplicitCollection is the name of the private collection that a body has on
// its own peers in every chaincode.
func ImplicitCollection(mspID string) string { return implicitPrefix + mspID }

// Collection is the definition of a private data collection.
type Collection struct {
	Name    string
	Members []string // MSP IDs of the bodies whose peers hold the data

	MemberOnlyRead  bool // only clients of members may read
	MemberOnlyWrite bool // only clients of members may write

	// Policy endorses writes to the collection. Nil: the chaincode's policy.
	Policy *common.SignaturePolicyEnvelope
}

// collection returns the definition that access checks use. An implicit name
// always has one, even for a body that does not exist
// (core/chaincode/lifecycle.ValidatorCommitter.CollectionInfo).
func (l *Ledger) collection(name string) (Collection, bool) {
	if mspID, ok := strings.CutPrefix(name, implicitPrefix); ok {
		return Collection{Name: name, Members: []string{mspID}, Policy: OutOf(1, mspID)}, true
	}
	c, ok := l.collections[name]
	return c, ok
}

// checkCollectionName is txmgr.collNameValidator: the collection is one of the
// definition or the implicit one of a body of the channel.
func (l *Ledger) checkCollectionName(namespace, name string) error {
	if mspID, ok := strings.CutPrefix(name, implicitPrefix); ok {
		if slices.Contains(l.bodies, mspID) {
			return nil
		}
	} else if _, ok := l.collections[name]; ok {
		return nil
	}
	return fmt.Errorf("collection [%s] not defined in the collection config for chaincode [%s]", name, namespace)
}

// access tells whether clients of the body may read and write.
func (c Collection) access(mspID string) (read, write bool) {
	if slices.Contains(c.Members, mspID) {
		return true, true
	}
	return !c.MemberOnlyRead, !c.MemberOnlyWrite
}
