package match

import "bytes"

// sameNumber compares two JSON number literals by value, exactly and whatever
// their length: 1e2, 100.0 and 100.00 are the same.
func sameNumber(a, b []byte) bool {
	x, okx := readDecimal(a)
	y, oky := readDecimal(b)
	if !okx || !oky {
		return bytes.Equal(a, b)
	}
	if x.digits == 0 || y.digits == 0 {
		return x.digits == y.digits
	}
	if x.negative != y.negative || x.exponent != y.exponent || x.digits != y.digits {
		return false
	}
	i, j := x.first, y.first
	for range x.digits {
		for a[i] == '.' {
			i++
		}
		for b[j] == '.' {
			j++
		}
		if a[i] != b[j] {
			return false
		}
		i, j = i+1, j+1
	}
	return true
}

// A decimal is a number literal taken apart: its significant digits, from the
// first that is not zero to the last, times ten to the exponent.
type decimal struct {
	negative bool
	first    int // where the first significant digit stands
	digits   int // how many; 0 for zero
	exponent int64
}

const maxExponent = int64(1) << 40

// readDecimal reports false for exponents that no number can have.
func readDecimal(lit []byte) (decimal, bool) {
	d := decimal{first: -1}
	i := 0
	if lit[0] == '-' {
		d.negative = true
		i++
	}
	seen, last := 0, 0
	var scale int64
	fraction := false
	for ; i < len(lit) && lit[i]|0x20 != 'e'; i++ {
		switch {
		case lit[i] == '.':
			fraction = true
			continue
		case fraction:
			scale--
		}
		if lit[i] != '0' && d.first < 0 {
			d.first = i
		}
		if d.first >= 0 {
			seen++
			if lit[i] != '0' {
				last = seen
			}
		}
	}
	exp, ok := readExponent(lit, i)
	d.digits = last
	d.exponent = exp + scale + int64(seen-last)
	return d, ok || d.digits == 0
}

func readExponent(lit []byte, i int) (int64, bool) {
	if i >= len(lit) {
		return 0, true
	}
	i++
	negative := lit[i] == '-'
	if negative || lit[i] == '+' {
		i++
	}
	var exp int64
	for ; i < len(lit); i++ {
		if exp = exp*10 + int64(lit[i]-'0'); exp > maxExponent {
			return 0, false
		}
	}
	if negative {
		exp = -exp
	}
	return exp, true
}
