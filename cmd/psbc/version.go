package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionResult is what `psbc version --json` prints.
type versionResult struct {
	Version  string `json:"version"`            // module version, or (devel)
	Revision string `json:"revision,omitempty"` // commit it was built from
	Modified bool   `json:"modified"`           // built from a changed tree
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print what this psbc was built from",
		Example: `  psbc version --json`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := buildVersion()
			return g.printResult(cmd, v, func(w io.Writer) {
				fmt.Fprintf(w, "psbc %s", v.Version)
				if v.Revision != "" {
					fmt.Fprintf(w, ", commit %.12s", v.Revision)
				}
				if v.Modified {
					fmt.Fprint(w, " with changes")
				}
				fmt.Fprintf(w, ", %s, %s\n", v.Go, v.Platform)
			})
		},
	}
}

// buildVersion reads what the Go toolchain stamped into the binary.
func buildVersion() versionResult {
	v := versionResult{
		Version:  "(unknown)",
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
