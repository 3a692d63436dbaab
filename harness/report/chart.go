package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A chart is a drawing in the units of its view box. Colours are classes of
// the page's styles, so that it is drawn for light and dark alike.
type chart struct {
	Title, Note string // what is drawn, and in what units
	Says        string // the same for who cannot see it
	Down, Along []gridline
	Marks       []markup
	Notes       []note
	Keys        []key
	Scale       *scale // of colours
}

// A gridline crosses the chart at a place of its axis.
type gridline struct {
	At    float64
	Label string
}

// A markup is a line or an area: an SVG path and its class.
type markup struct{ Class, Path string }

// A note is text within the chart.
type note struct {
	X, Y         float64
	Class, Align string
	Text         string
}

// A key says what a class of marks stands for.
type key struct{ Class, Text string }

// A scale of colours, from the lowest class to the highest.
type scale struct {
	Classes   []string
	Low, High string
}

// The measures of every chart. Text is 11 units high: at the widths that the
// page has room for, one unit is between 0.9 and 1.2 pixels.
const (
	chartWidth  = 520.0
	chartHeight = 268.0
	chartLeft   = 52.0
	chartRight  = 496.0
	chartTop    = 12.0
	chartBottom = 236.0
)

// Left, Right, Top and Bottom are the plot's, for the template.
func (chart) Left() float64   { return chartLeft }
func (chart) Right() float64  { return chartRight }
func (chart) Top() float64    { return chartTop }
func (chart) Bottom() float64 { return chartBottom }

// An axis maps values to places between two ends of the drawing.
type axis struct {
	low, high float64 // values at the ends
	from, to  float64 // the ends
	log       bool
}

func (a axis) at(v float64) float64 {
	share := 0.0
	switch {
	case a.log:
		share = math.Log(max(v, a.low)/a.low) / math.Log(a.high/a.low)
	case a.high > a.low:
		share = (v - a.low) / (a.high - a.low)
	}
	return a.from + min(max(share, 0), 1)*(a.to-a.from)
}

// timeAxis goes along the bottom, over so many seconds from a start.
func timeAxis(start, end float64) (axis, []gridline) {
	a := axis{low: start, high: max(end, start+1e-9), from: chartLeft, to: chartRight}
	var lines []gridline
	step := roundUp((a.high - a.low) / 5)
	for _, whole := range []float64{15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400} {
		if step >= 10 && whole >= step*.7 {
			step = whole
			break
		}
	}
	for i := max(math.Ceil(start/step-1e-9), 0); i*step <= a.high*(1+1e-9) && len(lines) < 12; i++ {
		lines = append(lines, gridline{a.at(i * step), clockLabel(i*step, step)})
	}
	return a, lines
}

func clockLabel(seconds, step float64) string {
	switch {
	case step >= 3600:
		return fmt.Sprintf("%g h", math.Round(seconds/360)/10)
	case step >= 60:
		return fmt.Sprintf("%g min", math.Round(seconds/6)/10)
	default:
		return short(seconds) + " s"
	}
}

// countAxis goes up from nothing to a round figure above most.
func countAxis(most float64) (axis, []gridline) {
	step := roundUp(max(most, 1e-9) / 4)
	top := step * math.Ceil(max(most, 1e-9)/step-1e-9)
	a := axis{low: 0, high: top, from: chartBottom, to: chartTop}
	var lines []gridline
	for i := 0.0; i*step <= top*(1+1e-9); i++ {
		lines = append(lines, gridline{a.at(i * step), short(i * step)})
	}
	return a, lines
}

// spanAxis goes up over milliseconds by their logarithm, at least tenfold.
func spanAxis(least, most float64) (axis, []gridline) {
	least = max(least, 1e-6)
	low, high := roundDown(least), roundUp(most)
	for high < 10*low*(1-1e-9) {
		if high = nextRound(high); high < 10*low*(1-1e-9) {
			low = roundDown(low * .99)
		}
	}
	a := axis{low: low, high: high, from: chartBottom, to: chartTop, log: true}
	decades := math.Log10(high / low)
	var lines []gridline
	for v := low; v <= high*(1+1e-9); v = nextRound(v) {
		_, digit := apart(v)
		if digit == 1 || decades < 2.5 && (digit != 5 || decades < 1.6) {
			lines = append(lines, gridline{a.at(v), spanLabel(v)})
		}
	}
	return a, lines
}

// apart is the power of ten of a value, and its first digit, 1, 2 or 5 for round ones.
func apart(v float64) (power, digit float64) {
	power = math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	return power, math.Round(v / power)
}

// roundDown is the next of 1, 2 and 5 by a power of ten that is no larger.
func roundDown(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	for _, digit := range []float64{5, 2} {
		if v >= digit*power*(1-1e-9) {
			return digit * power
		}
	}
	return power
}

// nextRound is the round value above a round one.
func nextRound(v float64) float64 {
	switch power, digit := apart(v); digit {
	case 1:
		return 2 * power
	case 2:
		return 5 * power
	default:
		return 10 * power
	}
}

// roundUp is the one that is no smaller.
func roundUp(v float64) float64 {
	low := roundDown(max(v, 1e-6))
	if low < v*(1-1e-9) {
		low = nextRound(low)
	}
	return low
}

// spanLabel tells milliseconds in the unit that keeps figures small.
func spanLabel(ms float64) string {
	switch {
	case ms >= 999.9:
		return short(ms/1000) + " s"
	case ms >= .9999:
		return short(ms) + " ms"
	case ms >= .0009999:
		return short(ms*1000) + " µs"
	default:
		return short(ms*1e6) + " ns"
	}
}

// short is a figure without needless digits, thousands set apart.
func short(v float64) string {
	if math.Abs(v) < 10_000 {
		return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'g', 6, 64)
	}
	text := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// A pen writes a path.
type pen struct{ strings.Builder }

func (p *pen) to(command byte, values ...float64) {
	p.WriteByte(command)
	for i, v := range values {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.WriteString(strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64))
	}
}

// box is a rectangle with its corners at two points.
func (p *pen) box(x1, y1, x2, y2 float64) {
	p.to('M', x1, y1)
	p.to('H', x2)
	p.to('V', y2)
	p.to('H', x1)
	p.WriteByte('Z')
}

// point continues a line, or begins it.
func (p *pen) point(x, y float64) {
	if p.Len() == 0 {
		p.to('M', x, y)
		return
	}
	p.to('L', x, y)
}
