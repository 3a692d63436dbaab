package proc

import (
	"os"
	"slices"
	"syscall"
	"time"
)

// end asks one process group to end, and sees to it that it does.
func (g *guard) end(id int) {
	for pid, c := range g.children {
		if c.id == id && !c.exited {
			c.killAt = time.Now().Add(c.within)
			terminate(pid)
		}
	}
	g.press()
}

// stop asks everybody to end.
func (g *guard) stop() {
	if g.stopping {
		return
	}
	g.stopping = true
	now := time.Now()
	g.deadline = now.Add(g.patience)
	for _, c := range g.children {
		c.killAt = now.Add(c.within)
	}
	for group := range g.groups() {
		if group != os.Getpid() {
			terminate(group)
		}
	}
	g.reap()
	g.press()
}

// kill ends everybody without asking.
func (g *guard) kill() {
	g.stopping = true
	now := time.Now()
	g.deadline = now
	for _, c := range g.children {
		c.killAt = now
	}
	g.reap()
	g.press()
}

// terminate also wakes those that were suspended, so that they can obey.
func terminate(group int) {
	_ = syscall.Kill(-group, syscall.SIGTERM) // it may be gone by now, which is all that is wanted
	_ = syscall.Kill(-group, syscall.SIGCONT)
}

// groups lists the process groups below the guard with their members. Nobody
// else can be a member: a group stays within its session, and every session
// below began there.
func (g *guard) groups() map[int][]int {
	all := processes()
	groups := map[int][]int{}
	for pid, e := range all {
		if pid != os.Getpid() && !e.dead() && below(all, pid, os.Getpid()) {
			groups[e.group] = append(groups[e.group], pid)
		}
	}
	return groups
}

// press kills the groups whose time is over, and sets the alarm for the next.
func (g *guard) press() {
	now := time.Now()
	var next time.Time
	over := g.stopping // everybody's time
	for group, members := range g.groups() {
		limit := g.deadline
		if c := g.children[group]; c != nil {
			limit = c.killAt
		}
		switch {
		case limit.IsZero(): // nobody asked it to end
		case limit.After(now):
			over = false
			if next.IsZero() || limit.Before(next) {
				next = limit
			}
		case group == os.Getpid(): // a child that moved in with the guard
			for _, pid := range members {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		default:
			_ = syscall.Kill(-group, syscall.SIGKILL)
		}
	}
	if over && g.killed.IsZero() {
		g.killed = now
	}
	g.setAlarm(now, next)
}

// setAlarm chooses when to press again. Whoever was killed is looked at again
// soon, as it may have started others meanwhile.
func (g *guard) setAlarm(now, next time.Time) {
	const soon, late = time.Millisecond, 100 * time.Millisecond
	pause := time.Hour
	if !next.IsZero() {
		pause = next.Sub(now)
	}
	if !g.killed.IsZero() {
		g.again = min(max(2*g.again, soon), late)
		pause = min(pause, g.again)
	}
	g.alarm.Reset(pause)
}

// finished tells whether nobody is left, and tells seam so. Those that descend
// from the guard are gone when it has no child; others can still carry the run
// id, if somebody else started them with it.
func (g *guard) finished() bool {
	if !g.killed.IsZero() && !g.alone && time.Since(g.killed) > giveUp {
		g.tell(notice{Is: "stopped", Left: g.left()})
		g.wire.close()
		g.alone = true // and go on for as long as it takes
	}
	if !g.childless {
		return false
	}
	if g.killed.IsZero() {
		g.killed = time.Now()
	}
	if strays := carriers(g.run); len(strays) > 0 {
		killEach(strays, g.run)
		g.alarm.Reset(10 * time.Millisecond)
		return false
	}
	if !g.alone {
		g.tell(notice{Is: "stopped"})
	}
	return true
}

func (g *guard) left() []int {
	left := carriers(g.run)
	for _, members := range g.groups() {
		left = append(left, members...)
	}
	slices.Sort(left)
	return slices.Compact(left)
}

// carriers lists the processes with the run in their environment, without
// this one.
func carriers(run string) []int {
	var all []int
	for _, pid := range pids() {
		if pid != os.Getpid() && ofRun(pid, run) {
			all = append(all, pid)
		}
	}
	return all
}

// killEach kills processes of a run. A pid that was given to another process
// meanwhile is spared: the process is held first and looked at again then.
func killEach(pids []int, run string) {
	for _, pid := range pids {
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if ofRun(pid, run) {
			_ = p.Kill()
		}
		_ = p.Release()
	}
}
