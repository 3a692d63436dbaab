//go:build amd64 || arm64

package uring

import (
	"iter"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A Ring belongs to the thread that made it: whoever makes one locks its
// goroutine to it. What is asked and what came of it cross through memory that
// the kernel sees too.
type Ring struct {
	fd      int
	memory  []byte // of the two queues below
	entries []sqe  // what is asked, by the position modulo their number
	results []cqe  // what came of it, likewise
	sqHead  *uint32
	sqTail  *uint32
	cqHead  *uint32
	cqTail  *uint32
	written uint32 // position up to which entries are written
	handed  uint32 // position up to which they are the kernel's

	buffers  []byte // for what is received
	supplied []buf  // the queue of those that are free
	supply   uint16 // its tail
	arena    []byte // for what each slot sends

	arg   waitArg // here, since memory that the kernel is told of must not move
	limit syscall.Timespec
}

// A Result is what came of something that was asked.
type Result struct {
	Tag  uint64 // of what was asked
	N    int    // bytes, or the events of poll(2); negative: the errno
	Data []byte // that were received; the ring's again after this turn of the loop
	More bool   // more results of the same will follow
}

// What a ring holds.
const (
	Buffers    = 128
	BufferSize = 8 << 10 // bytes of each
	RoomSize   = 2 << 10 // bytes that each slot has for what it sends
	mostAsked  = 256     // before they are handed over
	shortWait  = 100 * time.Microsecond
)

// New makes a ring for the connections of so many slots. It fails where the
// kernel is older than Linux 6.1 or forbids rings, as many containers do.
// It takes a megabyte for what is received, and what is used of the rooms.
func New(slots int) (*Ring, error) {
	p := ringParams{
		flags:     setupCQSize | setupClamp | setupSubmitAll | setupSingleIssuer | setupDeferTaskrun,
		cqEntries: uint32(max(1024, 4*slots)), // of each its receiving, sending and polling, and what each buffer brought
	}
	fd, _, errno := syscall.Syscall(sysRingSetup, mostAsked, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &Ring{fd: int(fd)}
	syscall.CloseOnExec(r.fd)
	err := r.chart(&p)
	if err == nil {
		r.arena, err = pages(slots * RoomSize)
	}
	if err == nil {
		err = r.provide()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// chart maps the two queues. Each entry has its own place in the first, always.
func (r *Ring) chart(p *ringParams) (err error) {
	size := max(p.cq.cqes+p.cqEntries*cqeSize, p.sq.array+p.sqEntries*4)
	if r.memory, err = mapped(r.fd, 0, int(size), syscall.MAP_SHARED|syscall.MAP_POPULATE); err != nil {
		return err
	}
	entries, err := mapped(r.fd, offsetEntries, int(p.sqEntries*sqeSize), syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		return err
	}
	r.entries = unsafe.Slice((*sqe)(unsafe.Pointer(&entries[0])), p.sqEntries)
	r.results = unsafe.Slice((*cqe)(unsafe.Pointer(&r.memory[p.cq.cqes])), p.cqEntries)
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.memory[offset])) }
	r.sqHead, r.sqTail, r.cqHead, r.cqTail = at(p.sq.head), at(p.sq.tail), at(p.cq.head), at(p.cq.tail)
	for i := range p.sqEntries {
		*at(p.sq.array + 4*i) = i
	}
	r.arg.limit = &r.limit
	return nil
}

// provide hands the kernel the buffers for what is received.
func (r *Ring) provide() (err error) {
	if r.buffers, err = pages(Buffers * BufferSize); err != nil {
		return err
	}
	queue, err := pages(Buffers * bufSize)
	if err != nil {
		return err
	}
	r.supplied = unsafe.Slice((*buf)(unsafe.Pointer(&queue[0])), Buffers)
	registration := bufReg{addr: addressOf(queue), entries: Buffers, group: groupOfBuffers}
	_, _, errno := syscall.Syscall6(sysRingRegister, uintptr(r.fd), registerPbufRing, uintptr(unsafe.Pointer(&registration)), 1, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("io_uring_register", errno)
	}
	for id := range uint16(Buffers) {
		r.supplyWith(id)
	}
	r.stock()
	return nil
}

// pages are memory that the kernel may know by its address: the collector of
// garbage neither moves nor frees it. What is not touched takes no room.
func pages(size int) ([]byte, error) {
	return mapped(-1, 0, size, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

func mapped(fd int, offset int64, size, flags int) ([]byte, error) {
	b, err := syscall.Mmap(fd, offset, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	return b, os.NewSyscallError("mmap", err)
}

func addressOf(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&b[0]))) }

// Close ends the ring. Its connections are shut down before, so that nothing
// is under way in its memory.
func (r *Ring) Close() {
	_ = syscall.Close(r.fd)
	all := [][]byte{r.memory, r.buffers, r.arena}
	if r.entries != nil {
		all = append(all, unsafe.Slice((*byte)(unsafe.Pointer(&r.entries[0])), len(r.entries)*sqeSize))
	}
	if r.supplied != nil {
		all = append(all, unsafe.Slice((*byte)(unsafe.Pointer(&r.supplied[0])), len(r.supplied)*bufSize))
	}
	for _, b := range all {
		if b != nil {
			_ = syscall.Munmap(b)
		}
	}
}

// next is the next entry, empty.
func (r *Ring) next() *sqe {
	for r.written-r.handed == uint32(len(r.entries)) {
		r.Submit()
	}
	e := &r.entries[r.written%uint32(len(r.entries))]
	r.written++
	*e = sqe{}
	return e
}

// Receive asks for everything that comes on a connection: a result for each
// part, until one says that no more follow. N is 0 at its end, and a negated
// errno where it fails; ENOBUFS: nothing is wrong but that it must be asked for anew.
func (r *Ring) Receive(fd int, tag uint64) {
	e := r.next()
	e.op, e.fd, e.user = opRecv, int32(fd), tag
	e.ioprio, e.flags, e.group = recvMultishot|recvPollFirst, sqeBufferSelect, groupOfBuffers
}

// Send asks for bytes out of Room to be sent. There is a result only if not all
// of them were.
func (r *Ring) Send(fd int, b []byte, tag uint64) {
	e := r.next()
	e.op, e.fd, e.user, e.flags = opSend, int32(fd), tag, sqeSkipSuccess
	e.addr, e.length, e.opFlags = addressOf(b), uint32(len(b)), syscall.MSG_NOSIGNAL|syscall.MSG_WAITALL
}

// Writable asks for one result when a connection takes bytes, or never will.
func (r *Ring) Writable(fd int, tag uint64) {
	e := r.next()
	e.op, e.fd, e.user, e.opFlags = opPollAdd, int32(fd), tag, syscall.EPOLLOUT
}

// Room is for what the connection of a slot sends, RoomSize long. It stays as
// it was until something came back from whom it was sent to.
func (r *Ring) Room(slot int32) []byte { return r.arena[int(slot)*RoomSize:][:0:RoomSize] }

// Submit hands over what was asked. A connection is closed only after that:
// its number may be another's then.
func (r *Ring) Submit() {
	if r.written == r.handed {
		return
	}
	atomic.StoreUint32(r.sqTail, r.written)
	_, _, _ = syscall.RawSyscall6(sysRingEnter, uintptr(r.fd), uintptr(r.written-r.handed), 0, 0, 0, 0) // the queues tell what was done
	r.handed = atomic.LoadUint32(r.sqHead)
}

// Enter hands over what was asked and waits until so many results came, for d
// at most. A short wait does not tell the scheduler of goroutines, which would
// look for other work for the processor.
func (r *Ring) Enter(results int, d time.Duration) {
	atomic.StoreUint32(r.sqTail, r.written)
	r.limit = syscall.NsecToTimespec(int64(max(d, 0)))
	asked := uintptr(r.written - r.handed)
	if d <= shortWait {
		_, _, _ = syscall.RawSyscall6(sysRingEnter, uintptr(r.fd), asked, uintptr(results), enterGetEvents|enterExtArg,
			uintptr(unsafe.Pointer(&r.arg)), unsafe.Sizeof(r.arg))
	} else {
		_, _, _ = syscall.Syscall6(sysRingEnter, uintptr(r.fd), asked, uintptr(results), enterGetEvents|enterExtArg,
			uintptr(unsafe.Pointer(&r.arg)), unsafe.Sizeof(r.arg))
	}
	r.handed = atomic.LoadUint32(r.sqHead)
}

// Came is how many results wait to be looked at.
func (r *Ring) Came() int { return int(atomic.LoadUint32(r.cqTail) - *r.cqHead) }

// Results are those that came, each to be looked at until the next: its place
// and its buffer are the kernel's again then.
func (r *Ring) Results() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		first, end := *r.cqHead, atomic.LoadUint32(r.cqTail)
		goesOn := true
		for at := first; at != end && goesOn; at++ {
			c := &r.results[at%uint32(len(r.results))]
			came := Result{Tag: c.user, N: int(c.result), More: c.flags&cqeMore != 0}
			if c.flags&cqeBuffer == 0 {
				goesOn = yield(came)
			} else {
				id := uint16(c.flags >> cqeBufferShift)
				came.Data = r.buffers[int(id)*BufferSize:][:c.result]
				goesOn = yield(came)
				r.supplyWith(id)
			}
			atomic.StoreUint32(r.cqHead, at+1)
		}
		r.stock()
	}
}

// supplyWith puts a buffer at the end of the supply, of which stock tells.
func (r *Ring) supplyWith(id uint16) {
	b := &r.supplied[r.supply%Buffers]
	b.addr, b.length, b.id = addressOf(r.buffers[int(id)*BufferSize:]), BufferSize, id
	r.supply++
}

// stock tells how far the supply goes. A store of 16 bits is none that is
// atomic here: the id before it is stored with it.
func (r *Ring) stock() {
	word := (*uint32)(unsafe.Pointer(&r.supplied[0].id))
	atomic.StoreUint32(word, uint32(r.supplied[0].id)|uint32(r.supply)<<16)
}
