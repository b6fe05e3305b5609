package gateway

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
)

// signingFunctions gives fabric-gateway what it needs to sign with any signer.
//
// Fabric hashes with SHA-256 whatever the curve (the channel's MSP
// configuration says SHA2/SHA256), and from capability V3_0 on takes Ed25519,
// which signs the message itself. fabric-gateway signs with private keys in
// memory only; a crypto.Signer covers these and hardware alike.
func signingFunctions(signer crypto.Signer) (identity.Sign, hash.Hash, error) {
	switch public := signer.Public().(type) {
	case *ecdsa.PublicKey:
		return lowS(signer, public), hash.SHA256, nil
	case ed25519.PublicKey:
		sign := func(message []byte) ([]byte, error) {
			return signer.Sign(rand.Reader, message, crypto.Hash(0))
		}
		return sign, hash.NONE, nil
	default:
		return nil, nil, fmt.Errorf("keys of type %T are not supported: use ECDSA or Ed25519", public)
	}
}

// lowS signs SHA-256 digests and brings each signature to the form with
// s <= n/2, as Fabric refuses the other of the two equivalent forms
// (bccsp/utils/ecdsa.go) and signers in general return either.
func lowS(signer crypto.Signer, public *ecdsa.PublicKey) identity.Sign {
	order := public.Params().N
	half := new(big.Int).Rsh(order, 1)
	return func(digest []byte) ([]byte, error) {
		der, err := signer.Sign(rand.Reader, digest, crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		var signature struct{ R, S *big.Int }
		rest, err := asn1.Unmarshal(der, &signature)
		if err != nil || len(rest) > 0 {
			return nil, errors.New("sign: the signer did not return an ASN.1 ECDSA signature")
		}
		if signature.S.Cmp(half) <= 0 {
			return der, nil
		}
		signature.S.Sub(order, signature.S)
		return asn1.Marshal(signature)
	}
}
