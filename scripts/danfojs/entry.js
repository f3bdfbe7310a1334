// What `turncoat/danfojs` offers: danfojs-node, name by name, because it is CommonJS and says its names only when it runs;
// and mended where it is wrong.
import { DataFrame, Series } from "danfojs-node";
import { mendFrames } from "../../src/notebook/mendFrames.ts";

mendFrames({ DataFrame, Series });

export {
  Config,
  DataFrame,
  Dt,
  LabelEncoder,
  MinMaxScaler,
  NDframe,
  OneHotEncoder,
  Series,
  StandardScaler,
  Str,
  Utils,
  concat,
  convertFunctionTotransformer,
  dateRange,
  getDummies,
  merge,
  readCSV,
  readExcel,
  readJSON,
  streamCSV,
  streamCsvTransformer,
  streamJSON,
  tensorflow,
  toDateTime,
  toExcel,
  toJSON,
} from "danfojs-node";

/** Writes a frame or a series as CSV; the method of the same name, which is mended. */
export const toCSV = (frame, options) => frame.toCSV(options);
