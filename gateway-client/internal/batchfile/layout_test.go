package batchfile

import (
	"testing"

	"pgregory.net/rapid"
)

// TestEverythingHasItsPlace walks through the file as it is written, a chapter at a time, for
// batches up to the largest, and compares.
func TestEverythingHasItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := layout{digestSize: rapid.SampledFrom([]uint64{32, 48, 64}).Draw(t, "digest"), count: rapid.OneOf(
			rapid.Uint64Range(1, 1<<10), rapid.Uint64Range(1, 1<<26), rapid.Just(uint64(1<<24)), rapid.Just(uint64(1<<32)), rapid.Uint64Range(1<<31, 1<<32),
		).Draw(t, "count")}
		at := uint64(dataAt)
		here := func(at, got uint64) { // quicker than require, millions of times
			if at != got {
				t.Fatalf("%d is taken for %d", at, got)
			}
		}
		for first := uint64(0); first < l.count; first += 1 << chapterBits {
			digests := min(l.count-first, 1<<chapterBits)
			here(at, l.digestAt(first))
			here(at+(digests-1)*l.digestSize, l.digestAt(first+digests-1))
			at += digests * l.digestSize
			if pages := digests >> pageBits; pages > 0 {
				here(at, l.pageEntryAt(first>>pageBits))
				at += pages * pageEntrySize
				here(at-pageEntrySize, l.pageEntryAt(first>>pageBits+pages-1))
			}
			end := first + digests
			if end%(1<<volumeBits) != 0 && end != l.count {
				continue
			}
			begin := (end - 1) >> volumeBits << volumeBits
			if chapters := (end - begin) >> chapterBits; chapters > 0 {
				here(at, l.chapterHashAt(begin>>chapterBits))
				at += chapters * hashSize
				here(at-hashSize, l.chapterHashAt(begin>>chapterBits+chapters-1))
			}
		}
		for volume := range l.count >> volumeBits {
			here(at, l.volumeHashAt(volume))
			at += hashSize
		}
		here(at, l.size())
	})
}
