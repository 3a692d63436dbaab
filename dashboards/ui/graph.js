// Lays out a graph of services in columns: a caller stands left of whom it
// calls (Sugiyama's method: break cycles, layers, order within them, places).
// It is pure: names and edges in, places and curves out.

export const box = { width: 158, height: 52 };
const slot = 100; // height that a node takes in its column
const lane = 52; // height that an edge takes where it passes a column

// layout takes names and edges {from, to}; it returns the size, a place for
// each name and for each edge a path and where its label goes.
export function layout(names, edges) {
  const forward = breakCycles(names, edges);
  const layer = layers(names, forward);
  const { cells, chains } = lanes(names, forward, layer);
  const stride = cells.length > 4 ? 262 : 330; // from one column to the next
  order(cells, chains);
  place(cells, stride);
  const height = Math.max(...cells.flat().map((cell) => cell.y + cell.size / 2), slot);
  const nodes = new Map(cells.flat().filter((cell) => cell.name !== null).map((cell) => [cell.name, cell]));
  return {
    width: (cells.length - 1) * stride + box.width, height, nodes,
    edges: edges.map((edge, i) => draw(edge, chains[i], nodes, height)),
  };
}

// breakCycles marks the edges that lead back to a caller: seen from the first
// name on, as a call graph is read.
function breakCycles(names, edges) {
  const state = new Map();
  const back = new Set();
  const visit = (name) => {
    state.set(name, "open");
    for (const edge of edges) {
      if (edge.from !== name) continue;
      if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(name, "done");
  };
  for (const name of names) if (!state.has(name)) visit(name);
  return edges.map((edge) => ({ ...edge, back: back.has(edge) }));
}

// layers gives each name the length of the longest chain of calls that leads to it.
function layers(names, edges) {
  const layer = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round++) {
    for (const { from, to, back } of edges) {
      if (!back) layer.set(to, Math.max(layer.get(to), layer.get(from) + 1));
    }
  }
  return layer;
}

// lanes makes the columns: a cell for each name, and one wherever an edge
// passes a column, so that no curve runs through a box.
function lanes(names, edges, layer) {
  const cells = Array.from({ length: Math.max(0, ...layer.values()) + 1 }, () => []);
  const cell = (name, column, size) => {
    const made = { name, column, size, near: [], y: 0, x: 0 };
    cells[column].push(made);
    return made;
  };
  const nodes = new Map(names.map((name) => [name, cell(name, layer.get(name), slot)]));
  const chains = edges.map(({ from, to, back }) => {
    if (back || from === to) return null;
    const chain = [nodes.get(from)];
    for (let column = layer.get(from) + 1; column < layer.get(to); column++) chain.push(cell(null, column, lane));
    chain.push(nodes.get(to));
    return chain;
  });
  return { cells, chains };
}

// order sorts each column by the middle of its neighbours, to and fro, which
// leaves few crossings.
function order(cells, chains) {
  for (const chain of chains) {
    for (let i = 1; i < (chain?.length ?? 0); i++) {
      chain[i].near.push(chain[i - 1]);
      chain[i - 1].near.push(chain[i]);
    }
  }
  const rank = () => cells.forEach((column) => column.forEach((cell, i) => { cell.rank = (i + 0.5) / column.length; }));
  rank();
  for (let sweep = 0; sweep < 8; sweep++) {
    const right = sweep % 2 === 0;
    for (const column of right ? cells.slice(1) : cells.slice(0, -1).reverse()) {
      for (const cell of column) {
        const side = cell.near.filter((other) => (right ? other.column < cell.column : other.column > cell.column));
        cell.want = side.length ? side.reduce((sum, other) => sum + other.rank, 0) / side.length : cell.rank;
      }
      column.sort((a, b) => a.want - b.want);
      rank();
    }
  }
}

// place moves cells towards their neighbours, as near as their column lets them.
function place(cells, stride) {
  const heights = cells.map((column) => column.reduce((sum, cell) => sum + cell.size, 0));
  const tallest = Math.max(...heights);
  cells.forEach((column, i) => {
    let y = (tallest - heights[i]) / 2;
    for (const cell of column) {
      cell.x = i * stride;
      cell.y = y + cell.size / 2;
      y += cell.size;
    }
  });
  for (let round = 0; round < 24; round++) {
    for (const column of cells) {
      for (const [i, cell] of column.entries()) {
        if (!cell.near.length) continue;
        const want = cell.near.reduce((sum, other) => sum + other.y, 0) / cell.near.length;
        const above = column[i - 1];
        const below = column[i + 1];
        const least = above ? above.y + (above.size + cell.size) / 2 : cell.size / 2;
        const most = below ? below.y - (below.size + cell.size) / 2 : tallest - cell.size / 2;
        cell.y = Math.min(Math.max(cell.y + (want - cell.y) / 2, least), Math.max(least, most));
      }
    }
  }
  const all = cells.flat();
  const top = Math.min(...all.map((cell) => cell.y - cell.size / 2));
  for (const cell of all) cell.y -= top;
}

// draw makes the curve of an edge; one that leads back runs below the boxes.
function draw(edge, chain, nodes, height) {
  const from = nodes.get(edge.from);
  const to = nodes.get(edge.to);
  if (!chain) {
    const low = Math.max(from.y, to.y) + box.height / 2 + 46;
    const [x1, x2] = [from.x + box.width / 2 + 20, to.x + box.width / 2 - 20];
    return {
      path: `M${x1} ${from.y + box.height / 2} C${x1} ${low} ${x2} ${low} ${x2} ${to.y + box.height / 2 + 5}`,
      label: { x: (x1 + x2) / 2, y: Math.min(low - 10, height + 20) },
    };
  }
  let [x, y] = [from.x + box.width, from.y];
  let path = `M${x} ${y}`;
  for (const cell of chain.slice(1)) {
    const end = cell === to ? cell.x - 6 : cell.x; // room for the arrow's head
    const pull = (end - x) / 2;
    path += ` C${x + pull} ${y} ${end - pull} ${cell.y} ${end} ${cell.y}`;
    [x, y] = [cell.x + box.width, cell.y];
    if (cell !== to) path += ` L${x} ${y}`;
  }
  const middle = Math.floor((chain.length - 1) / 2);
  const label = chain.length > 2 && chain.length % 2
    ? { x: chain[middle].x + box.width / 2, y: chain[middle].y }
    : { x: (chain[middle].x + box.width + chain[middle + 1].x) / 2, y: (chain[middle].y + chain[middle + 1].y) / 2 };
  return { path, label };
}
