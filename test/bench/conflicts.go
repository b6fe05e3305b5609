package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// conflicts counts the transactions that a peer found to conflict with another,
// since it started: its own counter ledger_transaction_count
// (fabric/core/ledger/kvledger/metrics.go). The client repeats such
// transactions, so its callers do not see them. Every peer counts the same; the
// highest count is that of the one that has been up for longest.
func conflicts(ctx context.Context, operations []string) (int, error) {
	highest := 0
	for _, address := range operations {
		text, err := metrics(ctx, address)
		if err != nil {
			return 0, fmt.Errorf("metrics of %s: %w", address, err)
		}
		count, err := countConflicts(text)
		if err != nil {
			return 0, fmt.Errorf("metrics of %s: %w", address, err)
		}
		highest = max(highest, count)
	}
	return highest, nil
}

// countConflicts reads Prometheus' text format.
func countConflicts(text string) (int, error) {
	sum := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "ledger_transaction_count{") ||
			!strings.Contains(line, `"MVCC_READ_CONFLICT"`) && !strings.Contains(line, `"PHANTOM_READ_CONFLICT"`) {
			continue
		}
		_, value, _ := strings.Cut(line, "} ")
		count, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0, err
		}
		sum += int(count)
	}
	return sum, nil
}

const metricsLimit = 10 * time.Second

func metrics(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, metricsLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %s", response.Status)
	}
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
