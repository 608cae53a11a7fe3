// A table of any size, looked at in parts that each take far less than the Data API's 45 s.

/** Half a gigabyte. */
export const PAGES_A_CALL = 65_536;

/** Conditions for the rows of workspace_secrets, a part each. The last one has no end, for rows that have come meanwhile. */
export const partsOf = (pages: number): string[] => {
  const count = Math.max(1, Math.ceil(pages / PAGES_A_CALL));
  return Array.from({ length: count }, (_, part) =>
    [
      `workspace_secrets.ctid >= ${placeSql(part)}`,
      ...(part + 1 < count ? [`workspace_secrets.ctid < ${placeSql(part + 1)}`] : []),
    ].join(' AND '),
  );
};

const placeSql = (part: number): string => `CAST('(${part * PAGES_A_CALL},0)' AS tid)`;
