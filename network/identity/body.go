package identity

import (
	"fmt"
	"os"
	"path/filepath"
)

// Body says which identities a body needs.
type Body struct {
	Name  string // organisation in the certificates
	ID    string // lower case, in host names
	Users []User
	Nodes []Node
	// ServerHosts are the hosts of the body's chaincode server.
	ServerHosts []string
	Domain      string
}

// User is a person.
type User struct {
	Name       string
	Admin      bool
	Attributes []string
}

// Node is a peer or an orderer.
type Node struct {
	Name  string
	OU    string // peer or orderer
	Hosts []string
}

// Files below a body's directory, as WriteBody lays them out.
const (
	SignCert  = "msp/signcerts/cert.pem"
	SignKey   = "msp/keystore/key.pem"
	TLSCert   = "tls/cert.pem"
	TLSKey    = "tls/key.pem"
	TLSCACert = "tlsca/ca.pem"
)

// WriteBody makes all keys and certificates of a body under dir:
//
//	ca/ tlsca/                       the two authorities
//	msp/                             what others need to verify the body's signatures
//	users/<user>/{msp,tls}           people
//	nodes/<node>/{msp,tls}           peers and orderers
//	chaincode/tls                    the chaincode server
//
// Private keys have mode 0600, directories 0700.
func WriteBody(dir string, b Body) error {
	ca, err := NewCA(b.Name, "ca."+b.ID+"."+b.Domain)
	if err != nil {
		return err
	}
	tlsCA, err := NewCA(b.Name, "tlsca."+b.ID+"."+b.Domain)
	if err != nil {
		return err
	}
	w := &writer{ca: ca, tlsCA: tlsCA}
	w.pair(filepath.Join(dir, "ca", "ca.pem"), filepath.Join(dir, "ca", "key.pem"), &Certificate{ca.cert, ca.key})
	w.pair(filepath.Join(dir, TLSCACert), filepath.Join(dir, "tlsca", "key.pem"), &Certificate{tlsCA.cert, tlsCA.key})
	w.mspRoot(filepath.Join(dir, "msp"))
	for _, u := range b.Users {
		ou := "client"
		if u.Admin {
			ou = "admin"
		}
		name := u.Name + "@" + b.ID + "." + b.Domain
		w.entity(filepath.Join(dir, "users", u.Name), Request{CommonName: name, OU: ou, Attributes: u.Attributes}, []string{name})
	}
	for _, n := range b.Nodes {
		w.entity(filepath.Join(dir, "nodes", n.Name), Request{CommonName: n.Name + "." + b.Domain, OU: n.OU}, n.Hosts)
	}
	w.tls(filepath.Join(dir, "chaincode"), "chaincode."+b.ID+"."+b.Domain, b.ServerHosts)
	if w.err != nil {
		return fmt.Errorf("identities of %s: %w", b.Name, w.err)
	}
	return nil
}

// writer remembers the first error, so that the list above reads as a list.
type writer struct {
	ca, tlsCA *CA
	err       error
}

func (w *writer) entity(dir string, r Request, hosts []string) {
	if w.err != nil {
		return
	}
	cert, err := w.ca.Issue(r)
	if err != nil {
		w.err = err
		return
	}
	w.mspRoot(filepath.Join(dir, "msp"))
	w.pair(filepath.Join(dir, SignCert), filepath.Join(dir, SignKey), cert)
	w.tls(dir, r.CommonName, hosts)
}

func (w *writer) tls(dir, commonName string, hosts []string) {
	if w.err != nil {
		return
	}
	cert, err := w.tlsCA.Issue(Request{CommonName: commonName, Hosts: hosts})
	if err != nil {
		w.err = err
		return
	}
	w.pair(filepath.Join(dir, TLSCert), filepath.Join(dir, TLSKey), cert)
}

func (w *writer) mspRoot(dir string) {
	w.file(filepath.Join(dir, "cacerts", "ca.pem"), certPEM(w.ca.cert), 0o644)
	w.file(filepath.Join(dir, "tlscacerts", "tlsca.pem"), certPEM(w.tlsCA.cert), 0o644)
	w.file(filepath.Join(dir, "config.yaml"), []byte(nodeOUs), 0o644)
}

func (w *writer) pair(certFile, keyFile string, c *Certificate) {
	if w.err != nil {
		return
	}
	key, err := keyPEM(c.Key)
	if err != nil {
		w.err = err
		return
	}
	w.file(certFile, certPEM(c.Cert), 0o644)
	w.file(keyFile, key, 0o600)
}

func (w *writer) file(path string, data []byte, mode os.FileMode) {
	if w.err != nil {
		return
	}
	if w.err = os.MkdirAll(filepath.Dir(path), 0o700); w.err != nil {
		return
	}
	w.err = os.WriteFile(path, data, mode)
}

// nodeOUs tells Fabric to read a certificate's role from its organisational
// unit (msp/configbuilder.go).
const nodeOUs = `NodeOUs:
  Enable: true
  ClientOUIdentifier:
    Certificate: cacerts/ca.pem
    OrganizationalUnitIdentifier: client
  PeerOUIdentifier:
    Certificate: cacerts/ca.pem
    OrganizationalUnitIdentifier: peer
  AdminOUIdentifier:
    Certificate: cacerts/ca.pem
    OrganizationalUnitIdentifier: admin
  OrdererOUIdentifier:
    Certificate: cacerts/ca.pem
    OrganizationalUnitIdentifier: orderer
`
