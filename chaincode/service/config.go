// Package service runs chaincode as a service: one gRPC server for each chaincode,
// which the body's own peer connects to with mutual TLS.
//
// It exists because the shim's own server cannot be stopped, cannot take up a renewed
// certificate, and takes its process down with any panic of the chaincode.
package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
)

// Config is the configuration of a server process, one for each body. A
// transaction may depend on Bodies, which the approved package states as well:
// a body whose server has another list endorses what no other body's server
// does. It must never depend on anything else about its process.
type Config struct {
	Chaincodes []Chaincode `json:"chaincodes"`
	// Bodies lists the MSP IDs of the channel's bodies, the same at every body.
	Bodies []string `json:"bodies"`
	TLS    TLS      `json:"tls"`
}

// Chaincode is one chaincode and where it is served.
type Chaincode struct {
	// Name says which code it is.
	Name string `json:"name"`
	// ID is the package id that the peer knows it by: "label:sha256".
	ID string `json:"id"`
	// Address is the host:port to listen on; port 0 picks a free one.
	Address string `json:"address"`
}

// TLS names PEM files. They are read again for every connection, so that a
// renewed certificate needs no restart.
type TLS struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// ClientCA holds the authorities whose certificates the peer must show one of.
	ClientCA string `json:"clientCA"`
}

// LoadConfig reads a JSON file. Relative paths in it are relative to its folder. It
// fails, naming the field, when anything is missing, unknown or given twice.
func LoadConfig(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("chaincode server configuration: %w", err)
	}
	config, err := parseConfig(raw)
	if err != nil {
		return Config{}, fmt.Errorf("chaincode server configuration %s: %w", path, err)
	}
	for _, file := range []*string{&config.TLS.Certificate, &config.TLS.Key, &config.TLS.ClientCA} {
		if !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
	return config, nil
}

func parseConfig(raw []byte) (Config, error) {
	var config Config
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&config); err != nil {
		return Config{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("there is text after the JSON value")
	}
	return config, config.validate()
}

func (c Config) validate() error {
	if len(c.Chaincodes) == 0 {
		return errors.New("chaincodes: is empty")
	}
	names, addresses := make(map[string]bool), make(map[string]bool)
	for i, cc := range c.Chaincodes {
		field := fmt.Sprintf("chaincodes[%d].", i)
		if cc.Name == "" {
			return errors.New(field + "name: is missing")
		}
		if names[cc.Name] {
			return fmt.Errorf("%sname: %q is given twice", field, cc.Name)
		}
		if cc.ID == "" {
			return errors.New(field + "id: is missing")
		}
		_, port, err := net.SplitHostPort(cc.Address)
		if err != nil {
			return fmt.Errorf("%saddress: %q is not host:port", field, cc.Address)
		}
		if port != "0" && addresses[cc.Address] {
			return fmt.Errorf("%saddress: %q is given twice", field, cc.Address)
		}
		names[cc.Name], addresses[cc.Address] = true, true
	}
	if len(c.Bodies) == 0 {
		return errors.New("bodies: is empty")
	}
	bodies := make(map[string]bool)
	for i, body := range c.Bodies {
		if body == "" {
			return fmt.Errorf("bodies[%d]: is empty", i)
		}
		if bodies[body] {
			return fmt.Errorf("bodies[%d]: %q is given twice", i, body)
		}
		bodies[body] = true
	}
	for _, file := range []struct{ field, value string }{
		{"tls.certificate", c.TLS.Certificate}, {"tls.key", c.TLS.Key}, {"tls.clientCA", c.TLS.ClientCA},
	} {
		if file.value == "" {
			return errors.New(file.field + ": is missing")
		}
	}
	return nil
}
