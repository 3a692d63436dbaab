//go:build amd64 || arm64

package uring

import "syscall"

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
	cqeBuffer        = 1 << 0 // IORING_CQE_F_BUFFER
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
