package network

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/network/ccaas"
	"github.com/psbc-lu/psbc/network/identity"
)

// Chaincode is one to be deployed on the channel.
type Chaincode struct {
	// Name on the channel.
	Name string `json:"name"`
	// Server is the package of the program that serves it, for example
	// ./chaincode/cmd/psbc-chaincode. A body runs one process for each server.
	Server string `json:"server"`
}

// release is a chaincode at its present sources, ready for every body.
type release struct {
	Chaincode
	index   int // among all chaincodes: its port
	version string
	pkg     *ccaas.Package
	binary  string
}

// codeVersion is how much of the code hash names a version on the channel.
const codeVersion = 12

// releases builds the servers and packages of all chaincodes.
func (s Source) releases(ctx context.Context, bodies []string, chaincodes []Chaincode) ([]release, error) {
	type built struct{ code, binary string }
	servers := map[string]built{}
	var out []release
	for i, c := range chaincodes {
		server, ok := servers[c.Server]
		if !ok {
			code, err := s.codeHash(ctx, c.Server)
			if err != nil {
				return nil, err
			}
			binary, err := s.cachedMain(ctx, c.Server, code)
			if err != nil {
				return nil, err
			}
			server = built{code, binary}
			servers[c.Server] = server
		}
		pkg, err := ccaas.NewPackage(ccaas.Source{Name: c.Name, Code: server.code, Bodies: bodies})
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", c.Name, err)
		}
		out = append(out, release{Chaincode: c, index: i, version: server.code[:codeVersion], pkg: pkg, binary: server.binary})
	}
	return out, nil
}

type listedPackage struct {
	ImportPath string
	Dir        string
	Standard   bool
	GoFiles    []string
	EmbedFiles []string
	Module     *struct {
		Path, Version string
		Main          bool
	}
}

// codeHash hashes the sources of a program: every file of this project that is
// compiled into it, and the exact versions of all modules it uses. It is the same on
// every machine, which a hash of the binary would not be.
func (s Source) codeHash(ctx context.Context, pkg string) (string, error) {
	// One platform, because the files compiled differ between platforms.
	out, err := s.goOutput(ctx, s.Root, "list", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,EmbedFiles,Module", "-tags=", pkg)
	if err != nil {
		return "", fmt.Errorf("sources of %s: %w", pkg, err)
	}
	var lines []string
	decoder := json.NewDecoder(strings.NewReader(out))
	for {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", fmt.Errorf("sources of %s: %w", pkg, err)
		}
		if p.Standard || p.Module == nil {
			continue
		}
		if !p.Module.Main {
			lines = append(lines, "module "+p.Module.Path+"@"+p.Module.Version)
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				return "", err
			}
			sum := sha256.Sum256(data)
			lines = append(lines, fmt.Sprintf("file %s/%s %x", p.ImportPath, filepath.ToSlash(name), sum))
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:]), nil
}

// cachedMain builds one of this project's programs unless it is cached for these
// sources.
func (s Source) cachedMain(ctx context.Context, pkg, code string) (string, error) {
	path := filepath.Join(s.cache(), filepath.Base(pkg)+"-"+code[:codeVersion])
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := s.goTool(ctx, s.Root, "build", "-trimpath", "-ldflags", "-s -w", "-o", tmp, pkg); err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	return path, os.Rename(tmp, path)
}

const builderMain = "./network/cmd/ccaas-builder"

// externalBuilder builds the peers' external builder and returns its directory.
func (s Source) externalBuilder(ctx context.Context) (string, error) {
	code, err := s.codeHash(ctx, builderMain)
	if err != nil {
		return "", err
	}
	binary, err := s.cachedMain(ctx, builderMain, code)
	if err != nil {
		return "", err
	}
	dir := binary + ".d"
	for _, step := range []string{"detect", "build", "release"} {
		link := filepath.Join(dir, "bin", step)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			return "", err
		}
		if err := os.Link(binary, link); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return dir, nil
}

const builderEnv = ccaas.ConfigEnv

func (l Layout) builderConfig(n Node) string { return filepath.Join(l.node(n), "builder.json") }

// writeBuilderConfig tells a body's peers where the body's own chaincode server
// listens, and with which keys to reach it. The builder reads it each time that a
// package is installed, so a peer need not restart for a new chaincode.
func writeBuilderConfig(t *Topology, l Layout, n Node, chaincodes []Chaincode) error {
	values := map[string]string{
		"client_key":  "@" + filepath.Join(l.node(n), identity.TLSKey),
		"client_cert": "@" + filepath.Join(l.node(n), identity.TLSCert),
		"root_cert":   "@" + l.tlsCA(n.Body),
	}
	for k, c := range chaincodes {
		values[ccaas.AddressKey(c.Name)] = hostPort(t.Host, t.chaincodePort(bodyIndex(t, n.Body), k))
	}
	return writeJSON(l.builderConfig(n), values, 0o600)
}

func (l Layout) chaincodes() string { return filepath.Join(l.channel(), "chaincodes.json") }

// deployedChaincodes are those of earlier runs.
func deployedChaincodes(l Layout) ([]Chaincode, error) {
	return readList[Chaincode](l.chaincodes(), "restore it, or start anew with psbc network reset")
}

// mergeChaincodes adds the chaincodes asked for to those of earlier runs. Their
// order is their port, so it is kept for good.
func mergeChaincodes(l Layout, asked []Chaincode) ([]Chaincode, error) {
	all, err := deployedChaincodes(l)
	if err != nil {
		return nil, err
	}
	for _, c := range asked {
		if k := slices.IndexFunc(all, func(x Chaincode) bool { return x.Name == c.Name }); k >= 0 {
			all[k].Server = c.Server
		} else {
			all = append(all, c)
		}
	}
	if len(all) > maxChaincodes {
		return nil, usagef("%d chaincodes: a body has ports for %d", len(all), maxChaincodes)
	}
	return all, writeJSON(l.chaincodes(), all, 0o600)
}

func bodyIndex(t *Topology, b Body) int {
	return slices.IndexFunc(t.Bodies, func(x Body) bool { return x.Name == b.Name })
}

// serverConfig is the configuration file of a chaincode server
// (chaincode/service).
type serverConfig struct {
	Chaincodes []servedChaincode `json:"chaincodes"`
	Bodies     []string          `json:"bodies"`
	TLS        serverTLS         `json:"tls"`
}

type servedChaincode struct {
	Name    string `json:"name"`
	ID      string `json:"id"`
	Address string `json:"address"`
}

type serverTLS struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	ClientCA    string `json:"clientCA"`
}

// chaincodeServer describes a body's server process for one server program.
func chaincodeServer(t *Topology, l Layout, b Body, served []release) (spec, error) {
	dir := l.chaincode(b)
	cfg := serverConfig{
		Bodies: t.MSPIDs(),
		TLS: serverTLS{
			Certificate: filepath.Join(dir, identity.TLSCert),
			Key:         filepath.Join(dir, identity.TLSKey),
			ClientCA:    l.tlsCA(b),
		},
	}
	for _, r := range served {
		cfg.Chaincodes = append(cfg.Chaincodes, servedChaincode{
			Name: r.Name, ID: r.pkg.ID, Address: hostPort(t.Host, t.chaincodePort(bodyIndex(t, b), r.index)),
		})
	}
	name := serverNode(served[0].Server, b)
	path := filepath.Join(dir, name+".json")
	data, err := json.MarshalIndent(cfg, "", "  ")
	if err != nil {
		return spec{}, err
	}
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, data) {
		if err := writeFile(path, data, 0o600); err != nil {
			return spec{}, err
		}
	}
	return spec{node: name, path: served[0].binary, args: []string{"--config", path}, dir: dir, config: path, yields: true}, nil
}

func serverNode(server string, b Body) string { return filepath.Base(server) + "." + b.ID() }
