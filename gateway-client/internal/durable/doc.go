// Package durable keeps small files whole over crashes: lines that tell whether
// they are complete, and files that are replaced as a whole or not at all.
package durable
