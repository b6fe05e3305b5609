package batchfile

// Each level of blocks takes the tree up by blockBits levels.
const (
	blockBits = 8
	perBlock  = 1 << blockBits

	pageBits    = blockBits     // digests in a page
	chapterBits = 2 * blockBits // in a chapter
	volumeBits  = 3 * blockBits // in a volume
)

const (
	hashSize      = 32
	pageEntrySize = hashSize + 8
	slotSize      = 4096
	answerAt      = slotSize
	dataAt        = 2 * slotSize
)

// layout says where things are in a file of so many digests.
type layout struct {
	digestSize uint64
	count      uint64
}

// within is the length of n digests of one volume with the hashes of their pages.
func (l layout) within(n uint64) uint64 {
	const chapter = 1 << chapterBits
	rest := n % chapter
	return n/chapter*(chapter*l.digestSize+perBlock*pageEntrySize) + rest*l.digestSize + rest>>pageBits*pageEntrySize
}

// volumeAt is where a volume begins.
func (l layout) volumeAt(volume uint64) uint64 {
	return dataAt + volume*(l.within(1<<volumeBits)+perBlock*hashSize)
}

// digestAt is where digest i is.
func (l layout) digestAt(i uint64) uint64 {
	const volume = 1 << volumeBits
	full := i % volume >> chapterBits << chapterBits // digests in the volume's chapters before
	return l.volumeAt(i>>volumeBits) + l.within(full) + (i%volume-full)*l.digestSize
}

// pageEntryAt is where the hash of a full page is.
func (l layout) pageEntryAt(page uint64) uint64 {
	first := page >> blockBits << chapterBits // digest of the chapter
	digests := min(l.count-first, 1<<chapterBits)
	return l.digestAt(first) + digests*l.digestSize + page%perBlock*pageEntrySize
}

// chapterHashAt is where the hash of a full chapter is.
func (l layout) chapterHashAt(chapter uint64) uint64 {
	volume := chapter >> blockBits
	digests := min(l.count-volume<<volumeBits, 1<<volumeBits)
	return l.volumeAt(volume) + l.within(digests) + chapter%perBlock*hashSize
}

// volumeHashAt is where the hash of a full volume is.
func (l layout) volumeHashAt(volume uint64) uint64 {
	end := l.volumeAt(l.count >> volumeBits)
	if rest := l.count % (1 << volumeBits); rest > 0 {
		end += l.within(rest) + rest>>chapterBits*hashSize
	}
	return end + volume*hashSize
}

// size is the length of the file.
func (l layout) size() uint64 { return l.volumeHashAt(l.count >> volumeBits) }
