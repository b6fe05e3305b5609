package ccaas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// ConfigEnv is the environment variable that carries the builder's
// configuration, a JSON object of strings; the name is ccaas_builder's. Beyond
// that builder, @FILE names a file that holds the object.
const ConfigEnv = "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"

// ErrNotCCAAS says that a package is not for this builder. The peer then tries
// its next one.
var ErrNotCCAAS = errors.New("not a chaincode-as-a-service package")

const connectionFile = "connection.json"

// Run is one step of Fabric's external builder contract (detect, build or
// release) with the arguments that the peer gives it. config is the content of
// ConfigEnv.
func Run(step string, args []string, config string) error {
	switch {
	case step == "detect" && len(args) == 2:
		return detect(args[1])
	case step == "build" && len(args) == 3:
		return build(args[0], args[2], config)
	case step == "release" && len(args) == 2:
		return release(args[0], args[1])
	}
	return fmt.Errorf("cannot %q with %d arguments: a peer calls detect SOURCE METADATA, build SOURCE METADATA OUTPUT or release BUILD OUTPUT", step, len(args))
}

func detect(metadataDir string) error {
	var m Metadata
	if err := readJSON(filepath.Join(metadataDir, "metadata.json"), &m); err != nil {
		return err
	}
	if !strings.EqualFold(m.Type, packageType) {
		return fmt.Errorf("%w: its type is %q", ErrNotCCAAS, m.Type)
	}
	return nil
}

func build(sourceDir, outDir, config string) error {
	var c Connection
	if err := readJSON(filepath.Join(sourceDir, connectionFile), &c); err != nil {
		return err
	}
	values, err := parseConfig(config)
	if err != nil {
		return err
	}
	for _, field := range []*string{&c.Address, &c.DialTimeout, &c.ClientKey, &c.ClientCert, &c.RootCert} {
		filled, err := fill(*field, values)
		if err != nil {
			return err
		}
		*field = filled
	}
	if c.Address == "" {
		return fmt.Errorf("%s has no address", connectionFile)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	// It holds the peer's TLS key.
	return os.WriteFile(filepath.Join(outDir, connectionFile), data, 0o600)
}

func parseConfig(config string) (map[string]string, error) {
	values := map[string]string{}
	if path, isFile := strings.CutPrefix(config, "@"); isFile {
		return values, readJSON(path, &values)
	}
	if config == "" {
		return values, nil
	}
	if err := json.Unmarshal([]byte(config), &values); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object of strings: %w", ConfigEnv, err)
	}
	return values, nil
}

// fill executes a template. A configured value that begins with @ names a file
// to be read, so that keys need not stand in a process's environment.
func fill(text string, values map[string]string) (string, error) {
	t, err := template.New(connectionFile).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", connectionFile, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return "", fmt.Errorf("%s needs a value that %s does not have: %w", connectionFile, ConfigEnv, err)
	}
	if path, isFile := strings.CutPrefix(out.String(), "@"); isFile {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("%s: %w", ConfigEnv, err)
		}
		return string(data), nil
	}
	return out.String(), nil
}

func release(buildDir, outDir string) error {
	data, err := os.ReadFile(filepath.Join(buildDir, connectionFile))
	if err != nil {
		return err
	}
	dir := filepath.Join(outDir, "chaincode", "server")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, connectionFile), data, 0o600)
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}
