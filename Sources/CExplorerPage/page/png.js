// Reads the PNG sheets in which pictures travel, value for value: a canvas would round what is transparent, and some
// browsers add noise to what is read back from one.

/** Values of a pixel, by PNG's colour type. */
const CHANNELS = /** @type {Record<number, number>} */ ({ 0: 1, 2: 3, 4: 2, 6: 4 });

/**
 * The images of a sheet, one behind the other.
 * @param {Uint8Array} png 8 bits a value, neither palette nor interlace, as this program writes them
 * @param {[number, number, number]} shape of an image: height, width, channels
 * @param {number} count of the images @param {number} columns of the sheet
 * @returns {Promise<Uint8Array>} count · height · width · channels
 * @throws {Error} where the sheet is no such sheet
 */
export async function readSheet(png, [height, width, channels], count, columns) {
    const view = new DataView(png.buffer, png.byteOffset, png.byteLength), parts = [];
    let [across, down, found] = [0, 0, 0];
    for (let at = 8; at < png.length; at += view.getUint32(at) + 12) {
        const type = view.getUint32(at + 4), body = at + 8;
        if (type === 0x49484452) [across, down, found] = [view.getUint32(body), view.getUint32(body + 4), CHANNELS[png[body + 9]]];
        else if (type === 0x49444154) parts.push(png.slice(body, body + view.getUint32(at)));
    }
    if (found !== channels || across < Math.min(count, columns) * width || down < Math.ceil(count / columns) * height)
        throw new Error(`A sheet of ${across} × ${down} × ${found} holds no ${count} images of ${width} × ${height} × ${channels}.`);
    const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
    const rows = new Uint8Array(await new Response(stream).arrayBuffer()), stride = across * channels;
    const size = height * width * channels, line = width * channels, images = new Uint8Array(count * size);
    let above = new Uint8Array(stride), row = new Uint8Array(stride);
    for (let y = 0; y < down; y += 1) {
        const from = y * (stride + 1);
        row.set(rows.subarray(from + 1, from + 1 + stride));
        restore(row, above, rows[from], channels);
        for (let column = 0, index = Math.floor(y / height) * columns; column < columns && index < count; column += 1, index += 1)
            images.set(row.subarray(column * line, (column + 1) * line), index * size + (y % height) * line);
        [above, row] = [row, above];
    }
    return images;
}

/** Takes a filter of PNG's from a row. @param {Uint8Array} row @param {Uint8Array} above @param {number} filter @param {number} step bytes of a pixel */
function restore(row, above, filter, step) {
    if (filter === 0) return;
    for (let at = 0; at < row.length; at += 1) {
        const left = at < step ? 0 : row[at - step], up = above[at];
        if (filter === 1) row[at] += left;
        else if (filter === 2) row[at] += up;
        else if (filter === 3) row[at] += (left + up) >> 1;
        else {
            const corner = at < step ? 0 : above[at - step];
            const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
            row[at] += a <= b && a <= c ? left : b <= c ? up : corner;
        }
    }
}
