/** Version of this product, as told by `GET /version`. Kept equal to package.json by a unit test. */
export const productVersion = '0.1.0';

/** Version of the shape of fleet records and stream events. A client refuses a newer major with a clear message. */
export const fleetSchemaVersion = 1;

/** First version of the original aggregator that offers the HA reference routes (product documents, HA pages). */
export const haRoutesFloor = '0.0.11';
