// Package match compares what was agreed with what was seen: a request, a
// response or a message of a Pact contract (versions 1 to 4) against one that
// crossed the wire. It is pure and answers with every mismatch in a fixed
// order.
//
// A request is its method, path, query, headers and body; a response its
// status, headers and body; a message its contents and metadata. Requests are
// strict: keys, parameters and elements that the example lacks may not come.
// Responses and messages may bring more. Headers and metadata may always.
//
// # Paths and rules
//
// A rule of a body stands at a path expression: `$` followed by .name, [0],
// .* and [*]. It applies at every place of the actual body that the
// expression reaches, and cascades to everything below. A token weighs 2
// where it names the element and 1 where it is a wildcard; of the expressions
// that reach a place the one with the greatest product of weights times
// number of tokens is in force, alone. Of equals, the longest literal prefix
// wins, then the smaller expression in byte order.
//
// # JSON
//
// Numbers are judged by their literal: an integer has no fraction and no
// exponent and fits 64 bits, anything else is a decimal; the two are never
// equal, but of one type. Of equal keys in one object the last counts.
//
//  1. Where the example is an object or a list and the actual value is not of
//     that kind, they differ, whatever the rules say.
//  2. Objects: a strict empty example accepts the empty object only, whatever
//     the rules say. Without a rule the keys are checked and the members that both
//     have compared. With rules, each is applied in turn, even under OR. A
//     values or eachValue rule exactly here compares every actual entry with
//     the example's, or with its first. Any other rule judges the map as a
//     whole, then keys and members follow. An eachKey, eachValue or values
//     rule exactly here suspends the key check, be it in force or not; eachKey
//     judges every key where any rule stands exactly here.
//  3. Lists: without a rule they are compared item by item and must be of
//     one length. With rules an empty example accepts any list; arrayContains
//     looks for each variant among the items; eachValue judges every item;
//     other rules judge the list as a whole, and then the items are compared,
//     the example padded with its first item. A missing item is a fault only
//     where no rule covers it.
//  4. Scalars: the rules decide, all of them or under OR any, else equality.
//
// Below eachValue only the rules that it brings are in force, and below an
// arrayContains variant only the variant's, rooted at the item.
//
// # Other bodies
//
// XML is compared by names, attributes, children of one name in their order,
// and text; forms like queries; text and binary content as a whole; multipart
// part by part. The expected content type decides which of them it is: whatever
// is neither text nor JSON, XML, a form or multipart is bytes, */* included.
//
// # Lists of strings
//
// A query parameter, a header and a field of a form may have several values.
// Without rules they are compared one by one. Rules judge them as a list,
// which holds tells in full, and every value by all rules in force there.
//
// # Plans
//
// Compile makes an interaction ready for many comparisons. JSON bodies then
// take a fast pass over the text, which builds and allocates nothing and only
// says yes, no or unsure; whatever is not a yes takes the slow pass over the
// parsed tree, which explains. Both follow the rules above, and a test holds
// them to each other.
//
// Bounds: nesting of 1,000 levels, 20,000 nodes in a plan (a larger one goes
// without the fast pass), 5,000,000 comparisons and 4 MiB of mismatches to
// explain one body, 1,000 parts of multipart with 32 lines of header each,
// 100,000 fields of a form, 100 mismatches of one list of strings, regular
// expressions of 16 KiB, 200 ms for one that backtracks and 2 s for all of
// them in one body.
//
// The behaviour is that of the specification, and where it is silent, of the
// reference implementation; docs/pact-deviations.md names the exceptions.
package match
