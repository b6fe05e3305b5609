package network

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fabricTools are the programs of Fabric that a network needs. All are built
// from the module network/fabric, which pins their version.
var fabricTools = []string{"peer", "orderer", "configtxgen", "configtxlator", "osnadmin", "ledgerutil"}

const fabricModule = "github.com/hyperledger/fabric"

// patches are applied to modules that Fabric is built with, each by the reason
// that its file begins with. They are tied to a version: another one does not
// get the patch, and a patch that does not apply fails the build.
var patches = []patch{
	{"github.com/hyperledger-labs/SmartBFT", "v1.0.1", []string{
		"smartbft-v1.0.1-completion.patch",
		"smartbft-v1.0.1-lagging-follower.patch",
	}},
}

type patch struct {
	module, version string
	files           []string // in the order in which they apply
}

// Binaries says where Fabric's programs and sample configuration are.
type Binaries struct {
	Dir          string
	SampleConfig string
}

func (b Binaries) path(tool string) string { return filepath.Join(b.Dir, tool) }

// run runs a tool to its end; what it printed is part of the error.
func (b Binaries) run(ctx context.Context, dir, tool string, args ...string) error {
	return runTool(ctx, dir, nil, b.path(tool), args...)
}

func (s Source) fabric() string { return filepath.Join(s.Root, "network", "fabric") }

// FabricBinaries builds Fabric's programs unless they are cached. The cache is
// keyed by the pinned module versions, the patches and the toolchain, so a change
// of any of them builds anew and a restart costs nothing.
func (s Source) FabricBinaries(ctx context.Context) (Binaries, error) {
	toolchain, err := s.goOutput(ctx, s.fabric(), "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return Binaries{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, toolchain)
	files := []string{"go.mod", "go.sum"}
	for _, p := range patches {
		for _, file := range p.files {
			files = append(files, filepath.Join("patches", file))
		}
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(s.fabric(), name))
		if err != nil {
			return Binaries{}, fmt.Errorf("pinned versions of Fabric: %w", err)
		}
		fmt.Fprintln(h, len(data))
		h.Write(data)
	}
	dir := filepath.Join(s.cache(), "fabric-"+hex.EncodeToString(h.Sum(nil))[:12])
	b := Binaries{Dir: dir, SampleConfig: filepath.Join(dir, "sampleconfig")}
	if _, err := os.Stat(filepath.Join(dir, ".complete")); err == nil {
		return b, nil
	}
	return b, s.buildFabric(ctx, dir)
}

func (s Source) buildFabric(ctx context.Context, dir string) error {
	if err := requireSpace(s.Root, 1500<<20, "build Fabric"); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	modFile, err := s.patched(ctx, dir)
	if err != nil {
		return err
	}
	args := []string{"build", "-trimpath", "-modfile", modFile, "-ldflags", "-s -w", "-o", dir + string(filepath.Separator)}
	for _, tool := range fabricTools {
		args = append(args, fabricModule+"/cmd/"+tool)
	}
	if err := s.goTool(ctx, s.fabric(), args...); err != nil {
		return fmt.Errorf("build Fabric: %w", err)
	}
	if err := s.copySampleConfig(ctx, filepath.Join(dir, "sampleconfig")); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644)
}

// moduleDir is where the sources of a module that Fabric is built with lie.
func (s Source) moduleDir(ctx context.Context, module string) (dir, version string, err error) {
	// The directory is empty while the module has not been downloaded.
	out, err := s.goOutput(ctx, s.fabric(), "list", "-m", "-f", "{{.Version}} {{.Dir}}", module)
	if err != nil {
		return "", "", err
	}
	version, dir, _ = strings.Cut(out, " ")
	if dir == "" {
		if err := s.goTool(ctx, s.fabric(), "mod", "download", module); err != nil {
			return "", "", fmt.Errorf("download %s: %w", module, err)
		}
		if dir, err = s.goOutput(ctx, s.fabric(), "list", "-m", "-f", "{{.Dir}}", module); err != nil {
			return "", "", err
		}
	}
	return dir, version, nil
}

func (s Source) copySampleConfig(ctx context.Context, to string) error {
	module, _, err := s.moduleDir(ctx, fabricModule)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"core.yaml", "orderer.yaml"} {
		data, err := os.ReadFile(filepath.Join(module, "sampleconfig", name))
		if err != nil {
			return fmt.Errorf("sample configuration: %w", err)
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// patched applies the patches to copies of their modules. It returns a go.mod
// that is the pinned one, with the copies in the originals' place.
func (s Source) patched(ctx context.Context, dir string) (modFile string, err error) {
	mod, err := os.ReadFile(filepath.Join(s.fabric(), "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(s.fabric(), "go.sum"))
	if err != nil {
		return "", err
	}
	for _, p := range patches {
		module, version, err := s.moduleDir(ctx, p.module)
		if err != nil {
			return "", err
		}
		if version != p.version {
			return "", fmt.Errorf("%s is pinned at %s, and patches/%s is for %s: check whether it is still needed", p.module, version, p.files[0], p.version)
		}
		copied := filepath.Join(dir, "patched", filepath.Base(p.module))
		if err := os.RemoveAll(copied); err != nil { // of a build that was cut off
			return "", err
		}
		if err := os.CopyFS(copied, os.DirFS(module)); err != nil {
			return "", fmt.Errorf("copy %s: %w", p.module, err)
		}
		for _, file := range p.files {
			if err := applyPatch(ctx, copied, filepath.Join(s.fabric(), "patches", file)); err != nil {
				return "", fmt.Errorf("patches/%s: %w", file, err)
			}
		}
		mod = fmt.Appendf(mod, "\nreplace %s => %s\n", p.module, copied)
	}
	modFile = filepath.Join(dir, "patched.mod")
	if err := os.WriteFile(modFile, mod, 0o644); err != nil {
		return "", err
	}
	return modFile, os.WriteFile(filepath.Join(dir, "patched.sum"), sum, 0o644)
}

func applyPatch(ctx context.Context, dir, file string) error {
	git, err := exec.LookPath("git")
	if err != nil {
		return errors.New("git is missing (no git in PATH): install it from the system's packages")
	}
	return runTool(ctx, dir, nil, git, "apply", file)
}
