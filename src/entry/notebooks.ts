/* Notebooks and pages: figures and tables shown in a notebook, or written as a file that opens offline. */
export { figureHtml, plotlyHtml, type FigureHtmlOptions } from "../notebook/figureHtml.js";
export { writeOfflinePage, writeOfflineReport, type OfflinePageOptions } from "../notebook/offlinePage.js";
export { frameFigure, type FrameFigureRequest } from "../notebook/frameFigure.js";
export {
  loadPlotly,
  show,
  type MimeBundle,
  type NotebookDisplay,
  type ShowOptions,
} from "../notebook/show.js";
export { tableColumns, toDataFrame, type TableColumns } from "../notebook/table.js";
export { writeFigures, writeSvg } from "../notebook/writtenFigures.js";
