// Command ccaas-builder is a peer's external builder for chaincode as a service.
// A peer runs it as bin/detect, bin/build and bin/release, which are links to it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/psbc-lu/psbc/network/ccaas"
)

func main() {
	if err := ccaas.Run(filepath.Base(os.Args[0]), os.Args[1:], os.Getenv(ccaas.ConfigEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "ccaas-builder:", err)
		os.Exit(1)
	}
}
