// Package uring is as much of io_uring(7) as a client of many connections
// needs: to send, to receive whatever comes, and to be told when a connection
// takes bytes. One system call does this for all of them. It is there on Linux
// alone, and knows nothing of what is sent.
package uring
