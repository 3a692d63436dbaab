package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"go.opentelemetry.io/otel"
	_ "modernc.org/sqlite" // the database driver "sqlite"

	"github.com/seamtest/seam/examples/shop/internal/serve"
	"github.com/seamtest/seam/examples/shop/orders/stock"
)

// An order was paid. Totals are in the smallest unit of Currency.
type order struct {
	ID       int64        `json:"id"`
	Status   string       `json:"status"`
	Total    int          `json:"total"`
	Currency string       `json:"currency"`
	Items    []stock.Line `json:"items"`
	Charge   string       `json:"charge"`
}

// A book keeps orders in SQLite.
type book struct{ db *sql.DB }

const schema = `
CREATE TABLE IF NOT EXISTS orders (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	status TEXT NOT NULL, total INTEGER NOT NULL, currency TEXT NOT NULL, charge TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lines (
	order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
	sku TEXT NOT NULL, quantity INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS lines_of ON lines (order_id);`

// openBook opens orders.db in dir, or a database in memory where dir is "".
func openBook(ctx context.Context, dir string) (*book, error) {
	source := ":memory:"
	if dir != "" {
		source = "file:" + filepath.Join(dir, "orders.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	}
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", source, err)
	}
	db.SetMaxOpenConns(1) // a database in memory belongs to its connection
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare %s: %w", source, err), db.Close())
	}
	return &book{db}, nil
}

func (b *book) close() error { return b.db.Close() }

// add writes an order down under its id (0: a new one) in place of what was
// there.
func (b *book) add(ctx context.Context, o order) (order, error) {
	ctx, span := otel.Tracer("shop/orders").Start(ctx, "write order")
	defer span.End()
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return order{}, fmt.Errorf("write order: %w", err)
	}
	if o.ID, err = insert(ctx, tx, o); err != nil {
		return order{}, fmt.Errorf("write order: %w", errors.Join(err, tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return order{}, fmt.Errorf("write order: %w", err)
	}
	return o, nil
}

func insert(ctx context.Context, tx *sql.Tx, o order) (id int64, err error) {
	var key any // NULL lets SQLite choose
	if o.ID != 0 {
		key = o.ID
		if _, err := tx.ExecContext(ctx, "DELETE FROM lines WHERE order_id = ?", key); err != nil {
			return 0, err
		}
	}
	done, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO orders (id, status, total, currency, charge) VALUES (?, ?, ?, ?, ?)",
		key, o.Status, o.Total, o.Currency, o.Charge)
	if err != nil {
		return 0, err
	}
	if id, err = done.LastInsertId(); err != nil {
		return 0, err
	}
	for _, l := range o.Items {
		if _, err := tx.ExecContext(ctx, "INSERT INTO lines (order_id, sku, quantity) VALUES (?, ?, ?)", id, l.SKU, l.Quantity); err != nil {
			return 0, err
		}
	}
	return id, nil
}

func (b *book) find(ctx context.Context, id int64) (order, bool, error) {
	ctx, span := otel.Tracer("shop/orders").Start(ctx, "read order")
	defer span.End()
	o := order{ID: id}
	err := b.db.QueryRowContext(ctx, "SELECT status, total, currency, charge FROM orders WHERE id = ?", id).
		Scan(&o.Status, &o.Total, &o.Currency, &o.Charge)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return order{}, false, nil
	case err != nil:
		return order{}, false, fmt.Errorf("read order %d: %w", id, err)
	}
	if o.Items, err = b.lines(ctx, id); err != nil {
		return order{}, false, fmt.Errorf("read the lines of order %d: %w", id, err)
	}
	return o, true, nil
}

func (b *book) lines(ctx context.Context, id int64) (_ []stock.Line, err error) {
	rows, err := b.db.QueryContext(ctx, "SELECT sku, quantity FROM lines WHERE order_id = ? ORDER BY rowid", id)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []stock.Line
	for rows.Next() {
		var l stock.Line
		if err := rows.Scan(&l.SKU, &l.Quantity); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

func (b *book) states() serve.States {
	return serve.States{
		"order 42 exists": serve.StateOf(func(p struct {
			ID int64 `json:"id"`
		}) (any, error) {
			_, err := b.add(context.Background(), order{
				ID: p.ID, Status: "paid", Total: 2500, Currency: "EUR", Charge: "ch-42",
				Items: []stock.Line{{SKU: "book-1", Quantity: 2}},
			})
			return p, err
		}),
		// Which cards are good is the business of payments, which declines this
		// one always: there is nothing to set up here, but the number to tell.
		"the card is declined": serve.StateOf(func(struct{}) (any, error) {
			return map[string]string{"card": "4000000000000002"}, nil
		}),
	}
}
