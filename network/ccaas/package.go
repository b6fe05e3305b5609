// Package ccaas speaks the format of chaincode-as-a-service: reproducible
// packages, and the external builder with which a peer reads them.
//
// The package is the same at every body, so that all approve the same package
// id; where a body's chaincode server listens is filled in by that body's own
// builder, from its own configuration, as Fabric's ccaas_builder does.
package ccaas

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// packageType in metadata.json, as Fabric's ccaas_builder detects it.
const packageType = "ccaas"

// Metadata is metadata.json of a package.
type Metadata struct {
	Type  string `json:"type"`
	Label string `json:"label"`
}

// Connection is connection.json: how a peer reaches the chaincode server
// (fabric/core/container/externalbuilder/instance.go). In a package its values
// are templates over the builder's configuration.
type Connection struct {
	Address            string `json:"address"`
	DialTimeout        string `json:"dial_timeout"`
	TLSRequired        bool   `json:"tls_required"`
	ClientAuthRequired bool   `json:"client_auth_required"`
	ClientKey          string `json:"client_key"`
	ClientCert         string `json:"client_cert"`
	RootCert           string `json:"root_cert"`
}

// Source says what a package stands for; it travels in the package as
// chaincode.json, so that a body sees what it approves.
type Source struct {
	Name string `json:"name"`
	// Code is the SHA-256 over the chaincode's sources and the versions of all it
	// depends on, in hex.
	Code string `json:"code"`
	// Bodies are the MSP IDs whose peers protect each record together.
	Bodies []string `json:"bodies"`
}

// Package is an installable chaincode package.
type Package struct {
	ID    string // label:sha256, as Fabric computes it
	Label string
	Bytes []byte
}

// NewPackage builds the package of a chaincode. The same source gives the same
// bytes on every machine: no time, no owner, no order that could differ.
func NewPackage(s Source) (*Package, error) {
	// The code hash alone would leave two memberships with one label.
	description, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(description)
	label := s.Name + "_" + hex.EncodeToString(sum[:6])
	connection, err := json.Marshal(Connection{
		Address:            "{{." + AddressKey(s.Name) + "}}",
		DialTimeout:        "10s",
		TLSRequired:        true,
		ClientAuthRequired: true,
		ClientKey:          "{{.client_key}}",
		ClientCert:         "{{.client_cert}}",
		RootCert:           "{{.root_cert}}",
	})
	if err != nil {
		return nil, err
	}
	code, err := tarGz(entry{"connection.json", connection}, entry{"chaincode.json", description})
	if err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(Metadata{Type: packageType, Label: label})
	if err != nil {
		return nil, err
	}
	data, err := tarGz(entry{"metadata.json", metadata}, entry{"code.tar.gz", code})
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(data)
	return &Package{ID: label + ":" + hex.EncodeToString(id[:]), Label: label, Bytes: data}, nil
}

// AddressKey is the key of a chaincode's server address in the builder's
// configuration.
func AddressKey(chaincode string) string { return chaincode + "_address" }

type entry struct {
	name string
	data []byte
}

func tarGz(entries ...entry) ([]byte, error) {
	var buf bytes.Buffer
	gz := gzip.NewWriter(&buf)
	tw := tar.NewWriter(gz)
	for _, e := range entries {
		// No time and no owner: the zero values.
		header := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data)), Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("package %s: %w", e.name, err)
		}
		if _, err := tw.Write(e.data); err != nil {
			return nil, fmt.Errorf("package %s: %w", e.name, err)
		}
	}
	if err := tw.Close(); err != nil {
		return nil, err
	}
	if err := gz.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
