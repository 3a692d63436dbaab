//go:build amd64 || arm64

package load

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A ring is io_uring(7): requests and answers cross through memory that the
// kernel sees too, so that one system call sends the requests of a whole turn
// and takes the answers that came. It belongs to the thread that made it.
type ring struct {
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

// What a ring holds.
const (
	ringEntries = 256
	ringBuffers = 128
	ringBuffer  = 8 << 10 // bytes of each
	ringRequest = 2 << 10 // bytes of the largest request that a ring sends
	shortWait   = 100 * time.Microsecond
)

// System calls of a ring; their numbers are the same on every architecture.
const (
	sysRingSetup    = 425
	sysRingEnter    = 426
	sysRingRegister = 427
)

// What a ring asks of them, with its name in linux/io_uring.h.
const (
	setupCQSize       = 1 << 3  // IORING_SETUP_CQSIZE
	setupClamp        = 1 << 4  // IORING_SETUP_CLAMP
	setupSubmitAll    = 1 << 7  // IORING_SETUP_SUBMIT_ALL
	setupSingleIssuer = 1 << 12 // IORING_SETUP_SINGLE_ISSUER
	setupDeferTaskrun = 1 << 13 // IORING_SETUP_DEFER_TASKRUN, of Linux 6.1: what is received waits for enter
	enterGetEvents    = 1 << 0  // IORING_ENTER_GETEVENTS
	enterExtArg       = 1 << 3  // IORING_ENTER_EXT_ARG
	registerPbufRing  = 22      // IORING_REGISTER_PBUF_RING
	offsetEntries     = 0x10000000

	opPollAdd        = 6      // IORING_OP_POLL_ADD
	opSend           = 26     // IORING_OP_SEND
	opRecv           = 27     // IORING_OP_RECV
	sqeBufferSelect  = 1 << 5 // IOSQE_BUFFER_SELECT
	sqeSkipSuccess   = 1 << 6 // IOSQE_CQE_SKIP_SUCCESS
	recvPollFirst    = 1 << 0 // IORING_RECVSEND_POLL_FIRST
	recvMultishot    = 1 << 1 // IORING_RECV_MULTISHOT
	cqeMore          = 1 << 1 // IORING_CQE_F_MORE
	cqeBufferShift   = 16     // IORING_CQE_BUFFER_SHIFT
	groupOfBuffers   = 1
	sqeSize, cqeSize = 64, 16
	bufSize          = 16
)

// ringParams is struct io_uring_params.
type ringParams struct {
	sqEntries, cqEntries, flags, threadCPU, threadIdle, features, workers uint32
	_                                                                     [3]uint32
	sq                                                                    struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

// An sqe is struct io_uring_sqe.
type sqe struct {
	op      uint8
	flags   uint8
	ioprio  uint16
	fd      int32
	_       uint64
	addr    uint64
	length  uint32
	opFlags uint32
	user    uint64
	group   uint16
	_       uint16
	_       uint32
	_       [2]uint64
}

// A cqe is struct io_uring_cqe.
type cqe struct {
	user   uint64
	result int32
	flags  uint32
}

// A buf is struct io_uring_buf. The tail of their queue is in the first of
// them, where the others have nothing.
type buf struct {
	addr   uint64
	length uint32
	id     uint16
	tail   uint16
}

// A bufReg is struct io_uring_buf_reg.
type bufReg struct {
	addr    uint64
	entries uint32
	group   uint16
	_       uint16
	_       [3]uint64
}

// A waitArg is struct io_uring_getevents_arg.
type waitArg struct {
	_     [2]uint64
	limit *syscall.Timespec
}

// newRing makes a ring for the connections of so many slots. It fails where
// the kernel is older than Linux 6.1 or forbids rings, as many containers do.
func newRing(slots int) (*ring, error) {
	p := ringParams{
		flags:     setupCQSize | setupClamp | setupSubmitAll | setupSingleIssuer | setupDeferTaskrun,
		cqEntries: uint32(max(1024, 4*slots)), // of each its receiving, sending and polling, and what each buffer brought
	}
	fd, _, errno := syscall.Syscall(sysRingSetup, ringEntries, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &ring{fd: int(fd)}
	syscall.CloseOnExec(r.fd)
	err := r.chart(&p)
	if err == nil {
		r.arena, err = pages(slots * ringRequest)
	}
	if err == nil {
		err = r.provide()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// chart maps the two queues. Each entry has its own place in the first, always.
func (r *ring) chart(p *ringParams) (err error) {
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
func (r *ring) provide() (err error) {
	if r.buffers, err = pages(ringBuffers * ringBuffer); err != nil {
		return err
	}
	queue, err := pages(ringBuffers * bufSize)
	if err != nil {
		return err
	}
	r.supplied = unsafe.Slice((*buf)(unsafe.Pointer(&queue[0])), ringBuffers)
	registration := bufReg{addr: addressOf(queue), entries: ringBuffers, group: groupOfBuffers}
	_, _, errno := syscall.Syscall6(sysRingRegister, uintptr(r.fd), registerPbufRing, uintptr(unsafe.Pointer(&registration)), 1, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("io_uring_register", errno)
	}
	for id := range uint16(ringBuffers) {
		r.giveBack(id)
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

// close ends the ring, whose connections are hung up: nothing of it is under way.
func (r *ring) close() {
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
func (r *ring) next() *sqe {
	for r.written-r.handed == uint32(len(r.entries)) {
		r.submit()
	}
	e := &r.entries[r.written%uint32(len(r.entries))]
	r.written++
	*e = sqe{}
	return e
}

// receive has everything told that comes on a connection, until it ends.
func (r *ring) receive(fd int, user uint64) {
	e := r.next()
	e.op, e.fd, e.user = opRecv, int32(fd), user
	e.ioprio, e.flags, e.group = recvMultishot|recvPollFirst, sqeBufferSelect, groupOfBuffers
}

// send sends what is in the arena; only what fails is told.
func (r *ring) send(fd int, b []byte, user uint64) {
	e := r.next()
	e.op, e.fd, e.user, e.flags = opSend, int32(fd), user, sqeSkipSuccess
	e.addr, e.length, e.opFlags = addressOf(b), uint32(len(b)), syscall.MSG_NOSIGNAL|syscall.MSG_WAITALL
}

// writable tells once when a connection takes bytes, or why it never will.
func (r *ring) writable(fd int, user uint64) {
	e := r.next()
	e.op, e.fd, e.user, e.opFlags = opPollAdd, int32(fd), user, syscall.EPOLLOUT
}

// room is where the connection of a slot writes its requests.
func (r *ring) room(slot int32) []byte { return r.arena[int(slot)*ringRequest:][:0:ringRequest] }

// submit hands over what was asked.
func (r *ring) submit() {
	if r.written == r.handed {
		return
	}
	atomic.StoreUint32(r.sqTail, r.written)
	_, _, _ = syscall.RawSyscall6(sysRingEnter, uintptr(r.fd), uintptr(r.written-r.handed), 0, 0, 0, 0) // the queues tell what was done
	r.handed = atomic.LoadUint32(r.sqHead)
}

// enter hands over what was asked and waits until so many results came, for d
// at most. A short wait does not tell the scheduler of goroutines, which would
// look for other work for the processor.
func (r *ring) enter(results int, d time.Duration) {
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

// came are the positions of the results that came, from first to before end.
func (r *ring) came() (first, end uint32) { return *r.cqHead, atomic.LoadUint32(r.cqTail) }

func (r *ring) result(at uint32) *cqe { return &r.results[at%uint32(len(r.results))] }

// taken gives the places of results back, and the buffers.
func (r *ring) taken(end uint32) {
	atomic.StoreUint32(r.cqHead, end)
	r.stock()
}

// received is what a result brought, in which buffer.
func (r *ring) received(c *cqe) (b []byte, id uint16) {
	id = uint16(c.flags >> cqeBufferShift)
	return r.buffers[int(id)*ringBuffer:][:c.result], id
}

// giveBack puts a buffer at the end of the supply, of which stock tells.
func (r *ring) giveBack(id uint16) {
	b := &r.supplied[r.supply%ringBuffers]
	b.addr, b.length, b.id = addressOf(r.buffers[int(id)*ringBuffer:]), ringBuffer, id
	r.supply++
}

// stock tells how far the supply goes. A store of 16 bits is none that is
// atomic here: the id before it is stored with it.
func (r *ring) stock() {
	word := (*uint32)(unsafe.Pointer(&r.supplied[0].id))
	atomic.StoreUint32(word, uint32(r.supplied[0].id)|uint32(r.supply)<<16)
}
